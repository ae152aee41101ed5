using System.Net;
using System.Net.Sockets;

namespace Stork.Interop.Tests.Network;

internal static class FreePort
{
    /// <summary>A port nobody listens on at the moment, for a server that has to have the same one again.</summary>
    public static int Find()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
