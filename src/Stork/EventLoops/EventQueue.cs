using System.Buffers.Binary;
using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Stork.EventLoops;

/// <summary>An epoll set. Entries are edge-triggered: who is told reads or writes until there is no more.</summary>
/// <remarks>
/// Layout of <c>struct epoll_event</c>: 4 bytes of flags, then 8 bytes of data. It is packed (12 bytes) on x64 only; elsewhere 4 bytes of
/// padding come between (16 bytes).
/// </remarks>
internal sealed unsafe class EventQueue : IDisposable
{
    private const int MaxEntry = 16;
    private const uint All = SocketCalls.Readable | SocketCalls.Writable | SocketCalls.PeerShutDown | SocketCalls.EdgeTriggered;

    private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int Stride = DataOffset + sizeof(long);

    private readonly int _epoll = Check(SocketCalls.CreateEpoll(SocketCalls.CloseOnExec));
    private readonly int _wake;

    public EventQueue()
    {
        _wake = Check(SocketCalls.CreateEvent(0, SocketCalls.CloseOnExec | SocketCalls.NonBlocking));
        Add(_wake, WakeToken);
    }

    /// <summary>The token of <see cref="Wake"/>; no entry has it.</summary>
    public static long WakeToken => -1;

    public static int SizeOf(int events) => events * Stride;

    /// <exception cref="Win32Exception">The system has no room for another.</exception>
    public void Add(int descriptor, long token)
    {
        Span<byte> entry = stackalloc byte[MaxEntry];
        BinaryPrimitives.WriteUInt32LittleEndian(entry, All);
        BinaryPrimitives.WriteInt64LittleEndian(entry[DataOffset..], token);
        fixed (byte* pointer = entry) Check(SocketCalls.ControlEpoll(_epoll, SocketCalls.EpollAdd, descriptor, pointer));
    }

    /// <summary>Sleeps until something is ready; returns how many events were written.</summary>
    public int Wait(Span<byte> events)
    {
        fixed (byte* pointer = events)
        {
            var count = SocketCalls.WaitForEpoll(_epoll, pointer, events.Length / Stride, -1);
            return count < 0 && Marshal.GetLastPInvokeError() == SocketCalls.Interrupted ? 0 : Check(count);
        }
    }

    public static (uint Events, long Token) Read(ReadOnlySpan<byte> events, int index)
    {
        var entry = events.Slice(index * Stride, Stride);
        return (BinaryPrimitives.ReadUInt32LittleEndian(entry), BinaryPrimitives.ReadInt64LittleEndian(entry[DataOffset..]));
    }

    /// <summary>Ends a <see cref="Wait"/>.</summary>
    public void Wake()
    {
        var one = 1L;
        _ = SocketCalls.Write(_wake, (byte*)&one, sizeof(long));
    }

    public void Dispose()
    {
        _ = SocketCalls.Close(_epoll);
        _ = SocketCalls.Close(_wake);
    }

    private static int Check(int result) => result >= 0 ? result : throw new Win32Exception(Marshal.GetLastPInvokeError());
}
