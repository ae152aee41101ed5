using System.Net;
using System.Net.Sockets;

namespace Stork.Browser.Tests;

internal static class FreePort
{
    // Below the ports that systems give to outgoing connections: a server that is restarted must find its port still free.
    private const int First = 20_000;
    private const int End = 30_000;
    private const int MaxTries = 100;

    /// <summary>A free port, or the first of several in a row.</summary>
    public static int Find(int count = 1)
    {
        for (var tries = 0; tries < MaxTries; tries++)
        {
            var port = Random.Shared.Next(First, End);
            if (Enumerable.Range(port, count).All(static port => IsFree(IPAddress.Loopback, port) && IsFree(IPAddress.IPv6Loopback, port)))
                return port;
        }

        throw new InvalidOperationException($"No free port found between {First} and {End}.");
    }

    private static bool IsFree(IPAddress address, int port)
    {
        try
        {
            using var listener = new TcpListener(address, port) { ExclusiveAddressUse = true };
            listener.Start();
            return true;
        }
        catch (SocketException exception)
        {
            // Where there is no IPv6 at all, nothing can be in the way there.
            return exception.SocketErrorCode is SocketError.AddressFamilyNotSupported or SocketError.AddressNotAvailable;
        }
    }
}
