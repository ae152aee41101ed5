using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Stork.Samples.Chat;

/// <summary>
/// Lets people in, and sees to it that no two have the same name. A name belongs to the key it came with: whoever comes back after a lost
/// connection finds it free, even while the server still believes in the old connection.
/// </summary>
internal sealed class Door(TimeProvider time)
{
    private const string PersonKey = "person";
    private const int MaxNames = 10_000;

    /// <summary>How long a name waits for somebody who is gone.</summary>
    private static readonly TimeSpan Reservation = TimeSpan.FromMinutes(2);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Claim> _names = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Who is behind a socket that was let in.</summary>
    public static Person PersonOf(Socket socket) => (Person)socket.Data[PersonKey]!;

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

        if (introduction is null || !ChatRules.IsKey(introduction.Key))
            throw new ConnectErrorException("This is not a client of this chat.", new Refusal("introduction"));
        if (ChatRules.CleanName(introduction.Name) is not { } name)
            throw new ConnectErrorException($"A name has 1 to {ChatRules.MaxNameLength} visible characters.", new Refusal("name"));
        var id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(introduction.Key)).AsSpan(0, 8));
        if (!TryClaim(name, id))
            throw new ConnectErrorException($"Somebody here is called {name} already.", new Refusal("name_taken"));
        socket.Data[PersonKey] = new Person(id, name);
        return ValueTask.CompletedTask;
    }

    public void CameIn(Person person) => Count(person, +1);

    public void WentOut(Person person) => Count(person, -1);

    private bool TryClaim(string name, string id)
    {
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
