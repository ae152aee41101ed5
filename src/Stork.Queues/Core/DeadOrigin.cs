using System.Runtime.InteropServices;
using Stork.Queues.Journal;
using Stork.Queues.Records;
using Stork.Shared;

namespace Stork.Queues.Core;

/// <summary>From where a dead letter came: the id its queue had, and its address. Early records end before the address.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct DeadOrigin(uint Id, QueueAddress? Address)
{
    public static DeadOrigin Read(ReadOnlySpan<byte> dead)
    {
        var reader = new RecordReader(dead);
        reader.Byte();
        reader.Bytes();
        var id = checked((uint)reader.Varint());
        for (var numbers = 4; numbers > 0; numbers--) reader.Number();
        for (var count = reader.Count(MessageExtra.MaxHistory); count > 0; count--)
        {
            reader.Number();
            reader.Byte();
            reader.Bytes();
            reader.Bytes();
        }

        return new DeadOrigin(id, reader.AtEnd ? null : new QueueAddress((QueueKind)reader.Byte(), reader.Text()));
    }
}
