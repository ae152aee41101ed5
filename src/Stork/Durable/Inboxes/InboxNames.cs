using System.Security.Cryptography;
using System.Text;

namespace Stork.Durable.Inboxes;

/// <summary>How inboxes and their readers are called in the store. No two of them share a name, whatever clients and applications call
/// themselves.</summary>
internal static class InboxNames
{
    /// <summary>The store's limit for the name of a reader, see <see cref="Queues.SubscriptionOptions.Owner"/>.</summary>
    private const int MaxOwnerBytes = 128;

    /// <summary>
    /// Of the main namespace: the identity itself. Of others: <c>namespace,identity</c>, as no namespace has a comma. An identity of the
    /// main namespace that looks like that is written <c>/,identity</c>.
    /// </summary>
    public static string Store(Namespace nsp, string identity)
    {
        ArgumentException.ThrowIfNullOrEmpty(identity);
        if (nsp.Name != "/") return $"{nsp.Name},{identity}";
        return identity[0] == '/' ? "/," + identity : identity;
    }

    /// <summary>Who may settle a delivery by its number, and finds it again after a reconnect: an identity, on one device if that is
    /// known.</summary>
    public static string Owner(string identity, string? device)
    {
        var name = device is null ? identity : $"{identity}\n{device}";
        if (Encoding.UTF8.GetByteCount(name) < MaxOwnerBytes && name[0] != '#') return name;
        return "#" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
    }
}
