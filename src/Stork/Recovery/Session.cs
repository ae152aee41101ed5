using System.Diagnostics;

namespace Stork.Recovery;

/// <summary>What a client gets back when it returns: who it was, where, and since when. It outlives the sockets that it had.</summary>
/// <remarks>
/// The log's lock guards it. Invariant: it is connected (<see cref="Holder"/>), away (<see cref="AwayNode"/>), over, or in between,
/// when a client has taken it and is not connected yet; then it is kept until that client has it or gives it up.
/// </remarks>
[DebuggerDisplay("{Namespace.Name} {SocketId}, {Holder is null ? \"away\" : \"connected\"}, {Rooms.Count} rooms")]
internal sealed class Session
{
    /// <summary>
    /// Rooms a session has left, of which it is remembered that it was there; beyond, a client that was away so long connects anew.
    /// </summary>
    private const int MaxFormer = 1_000;

    /// <summary>The same in bytes of their names.</summary>
    private const int MaxFormerBytes = 256 * 1024;

    /// <summary>For <see cref="AwaySince"/>, on disk and while it is read: the client is there.</summary>
    public const long Connected = -1;

    private int _formerBytes;

    public Session(NamespaceTrails nsp, UInt128 key, UInt128 identity, string socketId, long start)
    {
        Namespace = nsp;
        Key = key;
        Identity = identity;
        SocketId = socketId;
        Start = CompleteFrom = start;
        Own = new EventTrail(room: null, this);
    }

    public NamespaceTrails Namespace { get; }

    /// <summary>Stands for the pid; see <see cref="SessionKey"/>.</summary>
    public UInt128 Key { get; }

    /// <summary>Stands for the identity the session belongs to.</summary>
    public UInt128 Identity { get; }

    /// <summary>The id of the socket, the same for every connection except those that came without an offset.</summary>
    public string SocketId { get; set; }

    /// <summary>The last event before the session began.</summary>
    public long Start { get; }

    /// <summary>From here on it is known which rooms the session was in.</summary>
    public long CompleteFrom { get; set; }

    /// <summary>Events for this session alone.</summary>
    public EventTrail Own { get; }

    /// <summary>The rooms it is in.</summary>
    public Dictionary<string, Membership> Rooms { get; } = new(StringComparer.Ordinal);

    /// <summary>The rooms it has left, the oldest first.</summary>
    public Queue<Membership> Former { get; } = new();

    /// <summary>What the names of both take.</summary>
    public int RoomBytes { get; private set; }

    /// <summary>The part of the socket that is connected; null while the client is away.</summary>
    public ISessionHolder? Holder { get; set; }

    /// <summary>Counts the connections: of two that want the session at once, the second comes too late.</summary>
    public int Generation { get; set; }

    /// <summary>When the client went away, in milliseconds of the log's clock.</summary>
    public long AwaySince { get; set; }

    /// <summary>Its place among those who are away.</summary>
    public LinkedListNode<Session>? AwayNode { get; set; }

    /// <summary>No more to be recovered.</summary>
    public bool IsOver { get; set; }

    /// <summary>The application's data; null until it has any.</summary>
    public SessionData? Data { get; set; }

    /// <summary>The data as it stands on disk.</summary>
    public StoredData Stored => field ??= new StoredData();

    /// <summary>Whether its client can take what it missed.</summary>
    public VainReturns Returns => field ??= new VainReturns();

    /// <summary>When the last takeovers of a living connection began to be counted, and how many there were.</summary>
    public (long Since, int Count) Takeovers { get; set; }

    /// <summary>Joins a room; nothing happens if it is in it.</summary>
    /// <returns>Whether that is new.</returns>
    public bool Join(string room, long now)
    {
        if (Rooms.ContainsKey(room)) return false;
        var membership = CreateMembership(room, now);
        Rooms.Add(membership.Room.Room!, membership);
        membership.Room.Members++;
        return true;
    }

    /// <summary>Leaves a room.</summary>
    /// <returns>Whether it was in it.</returns>
    public bool Leave(string room, long now, long forgottenTo)
    {
        if (!Rooms.Remove(room, out var membership)) return false;
        membership.Left = now;
        membership.Room.Members--;
        RememberFormer(membership);
        while (Former.TryPeek(out var oldest)
            && (oldest.Left <= forgottenTo || Former.Count > MaxFormer || _formerBytes > MaxFormerBytes))
        {
            ForgetFormer(Former.Dequeue());
        }

        return true;
    }

    /// <summary>A former membership as it was on disk.</summary>
    public void AddFormer(string room, long joined, long left)
    {
        var membership = CreateMembership(room, joined);
        membership.Left = left;
        RememberFormer(membership);
    }

    /// <summary>Whether the session was in a room, or is the one meant, when an event was emitted.</summary>
    public bool WasIn(EventTrail trail, long sequence)
    {
        if (trail.Receiver is { } receiver) return receiver == this;
        if (Rooms.TryGetValue(trail.Room!, out var present) && present.Covers(sequence)) return true;
        foreach (var former in Former)
        {
            if (former.Room == trail && former.Covers(sequence)) return true;
        }

        return false;
    }

    /// <summary>Lets go of everything.</summary>
    public void End()
    {
        IsOver = true;
        foreach (var membership in Rooms.Values)
        {
            membership.Room.Members--;
            Release(membership);
        }

        foreach (var membership in Former) Release(membership);
        Rooms.Clear();
        Former.Clear();
    }

    private Membership CreateMembership(string room, long joined)
    {
        var trail = Namespace.Open(room);
        trail.Memberships++;
        RoomBytes += trail.NameBytes;
        return new Membership(trail, joined);
    }

    private void RememberFormer(Membership membership)
    {
        Former.Enqueue(membership);
        _formerBytes += membership.Room.NameBytes;
    }

    private void ForgetFormer(Membership membership)
    {
        _formerBytes -= membership.Room.NameBytes;
        CompleteFrom = Math.Max(CompleteFrom, membership.Left);
        Release(membership);
    }

    private void Release(Membership membership)
    {
        membership.Room.Memberships--;
        RoomBytes -= membership.Room.NameBytes;
        Namespace.Close(membership.Room);
    }
}
