using System.Reflection;
using System.Reflection.Emit;
using Stork.Queues.Snapshots;
using Stork.Queues.State;

namespace Stork.Queues.Tests;

/// <summary>What records have led to is changed by records alone: that is read from the compiled code.</summary>
public sealed class DurableStateTests
{
    private const BindingFlags All =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Type[] Writers =
    [
        typeof(RecordApplier), typeof(QueueApplier), typeof(MessageApplier), typeof(OutcomeApplier), typeof(DeviceApplier),
        typeof(Placement), typeof(TimeApplier), typeof(SnapshotLoader),
    ];

    /// <summary>What has no type of its own is changed by way of a property that is only read.</summary>
    private static readonly Type[] Collections =
        [typeof(Dictionary<int, Attempt>), typeof(Dictionary<long, Entry>), typeof(PriorityQueue<DueMessage, long>)];

    private static readonly string[] Changes = ["Add", "TryAdd", "Remove", "Clear", "set_Item", "Enqueue", "Dequeue", "TryDequeue"];

    /// <summary>A store, a reference to a field, a call, and a delegate for one.</summary>
    private static readonly OpCode[] Writes =
        [OpCodes.Stfld, OpCodes.Ldflda, OpCodes.Call, OpCodes.Callvirt, OpCodes.Ldftn, OpCodes.Ldvirtftn];

    private static readonly Dictionary<short, OpCode> OpCodesByValue = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(static field => (OpCode)field.GetValue(null)!)
        .ToDictionary(static code => code.Value);

    [Fact]
    public void Only_what_applies_records_writes_what_records_say()
    {
        var types = typeof(ShardState).Assembly.GetTypes();

        // The data types themselves keep what belongs together in step.
        var keepers = types.Where(static type => type.GetMembers(All).Any(IsMarked)).ToHashSet();
        keepers.Count.ShouldBeGreaterThan(10, "the state is marked");
        var writes = from type in types
                     from method in type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All))
                     from member in MembersWrittenBy(method)
                     where IsDurable(member)
                     select (Writer: Outermost(type), Member: $"{member.DeclaringType!.Name}.{member.Name}");
        var found = writes.ToList();
        found.Select(static write => write.Writer).ShouldContain(typeof(OutcomeApplier), "the appliers are seen to write");
        found.Where(write => !Writers.Contains(write.Writer) && !keepers.Contains(write.Writer))
            .Select(static write => $"{write.Writer.Name} writes {write.Member}")
            .Distinct()
            .ShouldBeEmpty();
    }

    private static Type Outermost(Type type) => type.DeclaringType is { } outer ? Outermost(outer) : type;

    private static bool IsMarked(MemberInfo member) => member.IsDefined(typeof(DurableAttribute), inherit: false);

    /// <summary>A field, a method, the setter of a property, or what changes a collection.</summary>
    private static bool IsDurable(MemberInfo member)
    {
        if (Collections.Contains(member.DeclaringType)) return Changes.Contains(member.Name);
        if (member.DeclaringType?.Assembly != typeof(ShardState).Assembly) return false;
        if (member is not MethodBase method) return IsMarked(member);
        var property = member.DeclaringType.GetProperties(All).FirstOrDefault(p => p.SetMethod == method);
        return IsMarked(method) || (property is not null && IsMarked(property));
    }

    /// <summary>The fields that a method stores to or lends for that, and the methods that it calls.</summary>
    private static IEnumerable<MemberInfo> MembersWrittenBy(MethodBase method)
    {
        if (method.GetMethodBody()?.GetILAsByteArray() is not { } code) yield break;
        for (var at = 0; at < code.Length;)
        {
            var value = code[at] == 0xFE ? unchecked((short)(0xFE00 | code[at + 1])) : code[at];
            var instruction = OpCodesByValue[value];
            at += instruction.Size;
            if (Writes.Contains(instruction) && Resolve(method, BitConverter.ToInt32(code, at)) is { } member) yield return member;
            at += OperandBytes(instruction, code, at);
        }
    }

    private static MemberInfo? Resolve(MethodBase method, int token)
    {
        var ofType = method.DeclaringType is { IsGenericType: true } type ? type.GetGenericArguments() : null;
        return method.Module.ResolveMember(token, ofType, method.IsGenericMethod ? method.GetGenericArguments() : null);
    }

    private static int OperandBytes(OpCode instruction, byte[] code, int at) => instruction.OperandType switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, at)),
        _ => 4,
    };
}
