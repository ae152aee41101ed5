using System.Buffers.Binary;
using System.Net;
using System.Runtime.InteropServices;

namespace Stork.Bench.Load;

/// <summary>A connected TCP socket, read and written without waiting.</summary>
internal sealed unsafe class RawSocket : IDisposable
{
    private const int AddressBytes = 16;

    private bool _isOpen = true;

    private RawSocket(int descriptor) => Descriptor = descriptor;

    public int Descriptor { get; }

    /// <summary>
    /// Connects from a source address. The kernel chooses the port when it knows both ends, so that ports of connections that have ended
    /// a moment ago can be used again.
    /// </summary>
    public static RawSocket Connect(IPAddress source, IPEndPoint server)
    {
        var socket = new RawSocket(Check(Libc.Socket(Libc.InternetFamily, Libc.StreamSocket | Libc.SocketCloseOnExec, 0), "socket"));
        try
        {
            socket.SetOption(Libc.TcpLevel, Libc.TcpNoDelay);
            socket.SetOption(Libc.IpLevel, Libc.IpBindAddressNoPort);
            Span<byte> address = stackalloc byte[AddressBytes];
            WriteAddress(new IPEndPoint(source, 0), address);
            fixed (byte* pointer = address)
                Check(Libc.Bind(socket.Descriptor, pointer, AddressBytes), "bind");
            WriteAddress(server, address);
            fixed (byte* pointer = address)
                Check(Libc.Connect(socket.Descriptor, pointer, AddressBytes), "connect");
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Takes one connection that waits at a listening socket.</summary>
    public static RawSocket Accept(int listener)
    {
        var socket = new RawSocket(Check(Libc.Accept(listener, null, null, Libc.SocketCloseOnExec), "accept4"));
        socket.SetOption(Libc.TcpLevel, Libc.TcpNoDelay);
        return socket;
    }

    /// <summary>Bytes read; 0 when the other side has closed, null when there is nothing to read now.</summary>
    public int? Receive(Span<byte> destination)
    {
        fixed (byte* pointer = destination)
        {
            var result = Libc.Receive(Descriptor, pointer, (nuint)destination.Length, Libc.DoNotWait);
            return result < 0 && Marshal.GetLastPInvokeError() == Libc.ConnectionReset ? 0 : Outcome(result, "recv");
        }
    }

    /// <summary>Bytes taken by the kernel, possibly fewer than given; null when it has no room now.</summary>
    public int? Send(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* pointer = bytes)
            return Outcome(Libc.Send(Descriptor, pointer, (nuint)bytes.Length, Libc.DoNotWait | Libc.NoSignal), "send");
    }

    public void Dispose()
    {
        if (_isOpen)
            _ = Libc.Close(Descriptor);
        _isOpen = false;
    }

    private void SetOption(int level, int option)
    {
        var on = 1;
        Check(Libc.SetSocketOption(Descriptor, level, option, &on, sizeof(int)), "setsockopt");
    }

    // struct sockaddr_in: family in the machine's order, port and address in the network's, 8 bytes of nothing.
    private static void WriteAddress(IPEndPoint endPoint, Span<byte> destination)
    {
        destination.Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(destination, Libc.InternetFamily);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)endPoint.Port);
        endPoint.Address.TryWriteBytes(destination[4..], out _);
    }

    private static int? Outcome(nint result, string call) =>
        result < 0 && Marshal.GetLastPInvokeError() == Libc.TryAgain ? null : Check((int)result, call);

    private static int Check(int result, string call) => result >= 0
        ? result
        : throw new BenchmarkException($"{call} failed: {Marshal.GetLastPInvokeErrorMessage()}");
}
