using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Stork.Bench.Load;

/// <summary>A connected TCP socket, read and written without waiting.</summary>
internal sealed unsafe class RawSocket : IDisposable
{
    private readonly Socket _socket;

    private RawSocket(Socket socket)
    {
        _socket = socket;
        Descriptor = (int)socket.Handle;
    }

    public int Descriptor { get; }

    public static RawSocket Connect(IPAddress source, IPEndPoint server)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Bind(new IPEndPoint(source, 0));
        socket.Connect(server);
        return new RawSocket(socket);
    }

    public static RawSocket Accepted(Socket socket)
    {
        socket.NoDelay = true;
        return new RawSocket(socket);
    }

    /// <summary>Bytes read; 0 when the other side has closed, null when there is nothing to read now.</summary>
    public int? Receive(Span<byte> destination)
    {
        fixed (byte* pointer = destination)
            return Outcome(Libc.Receive(Descriptor, pointer, (nuint)destination.Length, Libc.DoNotWait), "recv");
    }

    /// <summary>Bytes taken by the kernel, possibly fewer than given; null when it has no room now.</summary>
    public int? Send(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* pointer = bytes)
            return Outcome(Libc.Send(Descriptor, pointer, (nuint)bytes.Length, Libc.DoNotWait | Libc.NoSignal), "send");
    }

    public void Dispose() => _socket.Dispose();

    private static int? Outcome(nint result, string call)
    {
        if (result >= 0)
            return (int)result;

        var error = Marshal.GetLastPInvokeError();
        return error == Libc.TryAgain
            ? null
            : throw new BenchmarkException($"{call} failed: {Marshal.GetPInvokeErrorMessage(error)}");
    }
}
