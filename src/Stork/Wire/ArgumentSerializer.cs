using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Stork.Wire;

/// <summary>Turns arguments of events into JSON and back, with binary data as attachments.</summary>
internal sealed class ArgumentSerializer
{
    private readonly JsonSerializerOptions _incoming;
    private JsonTypeInfo? _lastUsed;
    private JsonTypeInfo? _lastRead;

    /// <param name="configured">The application's options; they are copied, and converters for binary data are added.</param>
    /// <param name="maxDepth">The deepest JSON that is read or written.</param>
    /// <param name="maxAttachments">What clients take, see <see cref="MaxAttachments"/>.</param>
    public ArgumentSerializer(JsonSerializerOptions? configured, int maxDepth, int maxAttachments)
    {
        MaxAttachments = maxAttachments;
        Options = configured is null ? new JsonSerializerOptions(JsonSerializerDefaults.Web) : new JsonSerializerOptions(configured);
        // Nothing here is ever put into HTML by the server, and clients parse JSON: the short form is the right one.
        Options.Encoder ??= JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        Options.MaxDepth = maxDepth;
        Options.Converters.Add(new ByteArrayConverter());
        Options.Converters.Add(new MemoryConverter());
        Options.Converters.Add(new ReadOnlyMemoryConverter());
        Options.Converters.Add(new JsonElementConverter());
        var resolver = JsonTypeInfoResolver.Combine(configured?.TypeInfoResolver, WellKnownTypes.Default);
        if (configured?.TypeInfoResolver is null && JsonSerializer.IsReflectionEnabledByDefault) resolver = ReflectionResolver();
        Options.TypeInfoResolver = resolver;
        Options.MakeReadOnly();
        _incoming = new JsonSerializerOptions(Options)
        {
            RespectNullableAnnotations = KnowsNullability || !JsonSerializer.IsReflectionEnabledByDefault,
            TypeInfoResolver = resolver.WithAddedModifier(RequireWhatIsNeverNull),
        };
        _incoming.MakeReadOnly();
        AreBytesAttachments = Options.TryGetTypeInfo(typeof(byte[]), out var bytes) && bytes.Converter is ByteArrayConverter;
    }

    /// <summary>
    /// Whether reflection can tell what may be null. Trimmed applications leave that out unless they ask for it; source-generated metadata
    /// has it.
    /// </summary>
    public static bool KnowsNullability { get; } =
        !AppContext.TryGetSwitch("System.Reflection.NullabilityInfoContext.IsSupported", out var isSupported) || isSupported;

    public JsonSerializerOptions Options { get; }

    /// <summary>Whether byte arrays travel as attachments, rather than in a form of the application's own.</summary>
    public bool AreBytesAttachments { get; }

    /// <summary>Binary attachments of one packet that clients take; with more, the official ones end the connection.</summary>
    public int MaxAttachments { get; }

    public void Write<T>(PacketBuilder packet, T value)
    {
        if (typeof(T) == typeof(string) || value is null)
        {
            packet.Json.WriteStringValue((string?)(object?)value);
            return;
        }

        if (typeof(T) == typeof(byte[]) && AreBytesAttachments)
        {
            packet.WriteAttachment(packet.Json, (byte[])(object)value);
            return;
        }

        if (value is CancellationToken)
        {
            throw new ArgumentException(
                "A CancellationToken is no argument of an event. To give up an answer, put the token behind an array of the arguments: "
                + "EmitWithAckAsync<T>(name, [argument], cancellationToken).");
        }

        var outer = AttachmentScope.EnterWriting(packet);
        try
        {
            // A sealed type is written as declared; anything else as what it is, as every JSON library of the other languages does.
            if (typeof(T).IsValueType || typeof(T).IsSealed) JsonSerializer.Serialize(packet.Json, value, TypeInfo<T>());
            else JsonSerializer.Serialize(packet.Json, value, Find(Options, value.GetType()));
        }
        finally
        {
            AttachmentScope.EnterWriting(outer);
        }
    }

    /// <summary>
    /// Reads a value, halves of pairs mended, as a handler's parameter: what says of itself that it is never null must not be null, nor be
    /// left out where the constructor asks for it. Numbers and the like that are left out are zero, as ever.
    /// </summary>
    /// <exception cref="JsonException">The value does not fit the type.</exception>
    public T? ReadIncoming<T>(ReadOnlySpan<byte> json, ReadOnlyMemory<byte>[] attachments) =>
        Read(json, _lastRead as JsonTypeInfo<T> ?? FindIncoming<T>(), attachments);

    /// <summary>Why a type can never be read, in words that say what to do about it; null if it can.</summary>
    public string? FindReadingFault(Type type)
    {
        if (type.IsByRef || type.IsPointer || type.IsByRefLike) return "it is passed by reference, or lives on the stack only.";
        if (typeof(Delegate).IsAssignableFrom(type) || typeof(MemberInfo).IsAssignableFrom(type)) return "no JSON stands for it.";
        if (FindFault(_incoming, type, out var info) is { } fault) return fault;
        if (info!.Kind != JsonTypeInfoKind.Object || info.PolymorphismOptions is not null || type == typeof(object)) return null;
        if (type.IsInterface || type.IsAbstract)
            return $"it is {(type.IsInterface ? "an interface" : "an abstract class")}, and not registered as a service.";
        return info.CreateObject is null && info.ConstructorAttributeProvider is null
            ? "it has no constructor that can be used, and is not registered as a service."
            : null;
    }

    /// <summary>Why a type can never be written; null if it can.</summary>
    public string? FindWritingFault(Type type) => FindFault(Options, type, out _);

    private static string? FindFault(JsonSerializerOptions options, Type type, out JsonTypeInfo? info)
    {
        try
        {
            return options.TryGetTypeInfo(type, out info) ? null : Unknown(type);
        }
        catch (Exception exception) when (exception is NotSupportedException or InvalidOperationException or ArgumentException)
        {
            info = null;
            return ExceptionText.MessageOf(exception);
        }
    }

    private static string Unknown(Type type) =>
        $"there is no JSON metadata for {type}. Without reflection, SocketIOOptions.JsonSerializerOptions needs a TypeInfoResolver that "
        + $"knows it: a JsonSerializerContext with [JsonSerializable(typeof({type.Name}))].";

    private static JsonTypeInfo Find(JsonSerializerOptions options, Type type) =>
        options.TryGetTypeInfo(type, out var info) ? info : throw new NotSupportedException("Cannot read or write: " + Unknown(type));

    private JsonTypeInfo<T> FindIncoming<T>()
    {
        var info = (JsonTypeInfo<T>)Find(_incoming, typeof(T));
        _lastRead = info;
        return info;
    }

    private static void RequireWhatIsNeverNull(JsonTypeInfo info)
    {
        if (info.Kind != JsonTypeInfoKind.Object) return;
        foreach (var property in info.Properties)
        {
            if (property.AssociatedParameter is { HasDefaultValue: false, IsNullable: false, ParameterType.IsValueType: false })
                property.IsRequired = true;
        }
    }

    /// <summary>Reads a value that is all there is.</summary>
    /// <exception cref="JsonException">The value does not fit the type.</exception>
    public T? Read<T>(ReadOnlySpan<byte> json, ReadOnlyMemory<byte>[] attachments)
    {
        return Read(LoneSurrogates.Mend(json), TypeInfo<T>(), attachments);
    }

    /// <summary>From bytes, as a reader that goes on behind the value would first have to look for its end, token by token.</summary>
    private static T? Read<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> info, ReadOnlyMemory<byte>[] attachments)
    {
        if (typeof(T) == typeof(string) && json is [(byte)'"', ..])
        {
            var reader = new Utf8JsonReader(json);
            reader.Read();
            return (T)(object)reader.GetString()!;
        }

        if (typeof(T) == typeof(JsonElement))
        {
            var element = JsonElement.Parse(json, new JsonDocumentOptions { MaxDepth = info.Options.MaxDepth });
            return Unsafe.As<JsonElement, T>(ref element);
        }

        if (attachments.Length == 0) return JsonSerializer.Deserialize(json, info);
        var outer = AttachmentScope.EnterReading(attachments);
        try
        {
            return JsonSerializer.Deserialize(json, info);
        }
        finally
        {
            AttachmentScope.EnterReading(outer);
        }
    }

    /// <summary>A value as JSON on its own, for what travels outside of events (CONNECT_ERROR data).</summary>
    public JsonElement ToElement(object? value) =>
        value is null ? default : JsonSerializer.SerializeToElement(value, Find(Options, value.GetType()));

    /// <summary>Mostly the same type is asked for again.</summary>
    private JsonTypeInfo<T> TypeInfo<T>()
    {
        if (_lastUsed is JsonTypeInfo<T> known) return known;
        var info = (JsonTypeInfo<T>)Find(Options, typeof(T));
        _lastUsed = info;
        return info;
    }

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Only reached when the application kept reflection for JSON on.")]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Only reached when the application kept reflection for JSON on.")]
    private static DefaultJsonTypeInfoResolver ReflectionResolver() => new();
}
