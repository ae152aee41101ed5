using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Stork.Bench.Load;

/// <summary>An epoll set whose entries carry a number chosen by the caller.</summary>
/// <remarks>
/// Layout of <c>struct epoll_event</c>: 4 bytes of flags, then 8 bytes of data. It is packed (12 bytes) on x86-64 only;
/// elsewhere 4 bytes of padding come between (16 bytes).
/// </remarks>
internal sealed unsafe class Epoll : IDisposable
{
    /// <summary>Events taken per call; more stay ready and come with the next one.</summary>
    private const int Capacity = 512;

    private static readonly int s_dataOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int s_stride = s_dataOffset + 8;

    private readonly int _descriptor;
    private readonly byte[] _events = new byte[Capacity * s_stride];

    public Epoll()
    {
        _descriptor = Libc.EpollCreate(Libc.EpollCloseOnExec);
        Check(_descriptor, "epoll_create1");
    }

    /// <summary>
    /// Adds a connection. It becomes ready once for whatever arrives, or when there is room to write again: who is told so reads until
    /// there is no more. That spares the kernel a second look at every connection.
    /// </summary>
    public void AddConnection(int descriptor, int token) =>
        Add(descriptor, token, Libc.EpollIn | Libc.EpollOut | Libc.EpollEdgeTriggered);

    /// <summary>Adds a listening socket; it stays ready while connections wait to be accepted.</summary>
    public void AddListener(int descriptor, int token) => Add(descriptor, token, Libc.EpollIn);

    /// <summary>Waits for readiness and returns how many <see cref="Token"/>s there are.</summary>
    public int Wait(int timeoutMilliseconds)
    {
        fixed (byte* events = _events)
        {
            var count = Libc.EpollWait(_descriptor, events, Capacity, timeoutMilliseconds);
            if (count < 0 && Marshal.GetLastPInvokeError() == Libc.Interrupted)
                return 0;
            Check(count, "epoll_wait");
            return count;
        }
    }

    /// <summary>The number of a ready entry. For what it is ready is not told: reading and writing find out.</summary>
    public int Token(int index) => BinaryPrimitives.ReadInt32LittleEndian(_events.AsSpan((index * s_stride) + s_dataOffset));

    public void Dispose() => _ = Libc.Close(_descriptor);

    private void Add(int descriptor, int token, uint flags)
    {
        Span<byte> entry = stackalloc byte[16];
        entry.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(entry, flags);
        BinaryPrimitives.WriteInt32LittleEndian(entry[s_dataOffset..], token);
        fixed (byte* pointer = entry)
            Check(Libc.EpollControl(_descriptor, Libc.EpollAdd, descriptor, pointer), "epoll_ctl");
    }

    private static void Check(int result, string call)
    {
        if (result < 0)
            throw new BenchmarkException($"{call} failed: {Marshal.GetLastPInvokeErrorMessage()}");
    }
}
