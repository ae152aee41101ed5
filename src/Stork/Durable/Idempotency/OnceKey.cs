using System.Security.Cryptography;
using System.Text;
using Stork.Durable.Consumers;

namespace Stork.Durable.Idempotency;

/// <summary>
/// The name under which an event of a client is remembered: its id belongs to who sent it, so that nobody gets another one's answer, or
/// makes another one's event look like a repeat.
/// </summary>
internal static class OnceKey
{
    public static string Of(Socket socket, string id)
    {
        // The length keeps the two parts apart, whatever they are made of.
        var sender = socket.Feature<SocketConsumers>()?.Identity?.Name ?? "";
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{socket.Namespace.Name},{sender.Length}:{sender}{id}")));
    }
}
