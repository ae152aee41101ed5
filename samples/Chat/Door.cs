using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Stork.Samples.Chat;

/// <summary>
/// Lets people in, and sees to it that no two have the same name. A name belongs to the browser it came from: whoever comes back after a
/// lost connection finds it free, even while the server still believes in the old connection.
/// </summary>
internal sealed class Door(TimeProvider time) : IInboxIdentityResolver
{
    private const string PersonKey = "person";
    private const string TabKey = "tab";
    private const int MaxNames = 10_000;

    /// <summary>How long a name waits for somebody who is gone.</summary>
    private static readonly TimeSpan Reservation = TimeSpan.FromMinutes(2);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Claim> _names = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Who is behind a socket that was let in.</summary>
    public static Person PersonOf(Socket socket) => (Person)socket.Data[PersonKey]!;

    /// <summary>The Socket.IO room with the connection of a tab.</summary>
    public static string TabOf(Socket socket) => $"tab:{PersonOf(socket).Id}/{socket.Data[TabKey]}";

    /// <summary>Whose inbox a socket gets: that of the person, in which each tab has its own place.</summary>
    public ValueTask<InboxIdentity?> ResolveAsync(Socket socket) =>
        new(new InboxIdentity(PersonOf(socket).Id, Device: (string)socket.Data[TabKey]!));

    /// <summary>A middleware of the namespace: runs before the client is told that it is connected.</summary>
    /// <exception cref="ConnectErrorException">The client is told why, in its <c>connect_error</c>.</exception>
    public ValueTask AdmitAsync(Socket socket)
    {
        Introduction? introduction;
        try
        {
            introduction = socket.Handshake.GetAuth<Introduction>();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            introduction = null;
        }

        if (introduction is null || !ChatRules.IsTab(introduction.Tab))
            throw new ConnectErrorException("This is not a client of this chat.", new Refusal("introduction"));
        if (ChatRules.CleanName(introduction.Name) is not { } name)
            throw new ConnectErrorException($"A name has 1 to {ChatRules.MaxNameLength} visible characters.", new Refusal("name"));
        // A browser under a name: two tabs may be two people, or one person twice.
        var known = $"{Visitors.IdOf(socket)}/{name.ToUpperInvariant()}";
        var person = new Person(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(known)).AsSpan(0, 16)), name);
        if (!TryClaim(person)) throw new ConnectErrorException($"Somebody here is called {name} already.", new Refusal("name_taken"));
        socket.Data[PersonKey] = person;
        socket.Data[TabKey] = introduction.Tab;
        return ValueTask.CompletedTask;
    }

    /// <summary>Keeps the name for somebody who was here before the server was restarted.</summary>
    public void Reserve(Person person) => TryClaim(person);

    public void CameIn(Person person) => Count(person, +1);

    public void WentOut(Person person) => Count(person, -1);

    private bool TryClaim(Person person)
    {
        var (id, name) = person;
        lock (_gate)
        {
            if (_names.TryGetValue(name, out var claim) && claim.Owner != id && !IsOver(claim)) return false;
            if (_names.Count >= MaxNames)
            {
                foreach (var (other, _) in _names.Where(entry => IsOver(entry.Value)).ToList()) _names.Remove(other);
                if (_names.Count >= MaxNames) return false;
            }

            if (claim?.Owner != id) _names[name] = claim = new Claim(id);
            claim.LastSeen = time.GetTimestamp();
            return true;
        }
    }

    private void Count(Person person, int change)
    {
        lock (_gate)
        {
            if (!_names.TryGetValue(person.Name, out var claim) || claim.Owner != person.Id) return;
            claim.Connections += change;
            claim.LastSeen = time.GetTimestamp();
        }
    }

    private bool IsOver(Claim claim) => claim.Connections == 0 && time.GetElapsedTime(claim.LastSeen) > Reservation;

    private sealed class Claim(string owner)
    {
        public string Owner => owner;

        public int Connections { get; set; }

        public long LastSeen { get; set; }
    }
}
