namespace Stork.Samples.Chat;

/// <summary>
/// Sees to it that no two people have the same name. A name belongs to the browser it came from: whoever comes back after a lost
/// connection finds it free, even while the server still believes in the old connection.
/// </summary>
internal sealed class NameRegistry(TimeProvider time)
{
    private const int MaxNames = 10_000;

    /// <summary>How long a name waits for somebody who is gone.</summary>
    private static readonly TimeSpan Reservation = TimeSpan.FromMinutes(2);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Claim> _names = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Reserves the name for this person; false if somebody else has it, or there are as many names as there may be.</summary>
    public bool TryClaim(Person person)
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

    /// <summary>As long as the person has connections, the name stays theirs.</summary>
    public void AddConnection(Person person) => CountConnections(person, +1);

    public void RemoveConnection(Person person) => CountConnections(person, -1);

    private void CountConnections(Person person, int change)
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
