namespace Stork;

/// <summary>
/// Where an adapter keeps the sessions of all servers, so that a client recovers on whatever server it comes back to
/// (<see cref="ClusterAdapter.SessionStore"/>). It is asked only where <see cref="SocketIOOptions.ConnectionStateRecovery"/> is set.
/// </summary>
/// <remarks>A session is saved when it begins and whenever its rooms or data change, so that it outlives its server. What a member throws
/// is logged: a client whose session cannot be had connects anew.</remarks>
public interface IClusterSessionStore
{
    /// <summary>Looks a session up; nothing changes.</summary>
    /// <param name="pid">What the client asks for it with; not trusted.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<ClusterSession?> FindAsync(string pid, CancellationToken cancellationToken);

    /// <summary>Takes a session away from whoever has it. Of several that take it at once, on whatever servers, one gets it.</summary>
    /// <param name="found">What <see cref="FindAsync"/> gave.</param>
    /// <param name="owner">Who has it from now on.</param>
    /// <param name="lifetime">How long it is kept unless it is saved again.</param>
    /// <returns>The session as it is now; null if somebody else was quicker, or it has gone.</returns>
    ValueTask<ClusterSession?> TakeAsync(ClusterSession found, string owner, TimeSpan lifetime);

    /// <summary>Saves a session, unless another owner has it by now.</summary>
    /// <param name="session">The session.</param>
    /// <param name="lifetime">How long it is kept unless it is saved again.</param>
    /// <returns>False if another owner has it.</returns>
    ValueTask<bool> SaveAsync(ClusterSession session, TimeSpan lifetime);

    /// <summary>Keeps a session that has not changed since it was saved.</summary>
    /// <param name="session">The session; saved anew if it has gone.</param>
    /// <param name="lifetime">How long it is kept unless it is saved again.</param>
    /// <returns>False if another owner has it.</returns>
    ValueTask<bool> RefreshAsync(ClusterSession session, TimeSpan lifetime);

    /// <summary>The client has gone, and may come back.</summary>
    /// <param name="session">The session, which other implementations of the protocol may take over, too.</param>
    /// <param name="lifetime">How long it is kept.</param>
    ValueTask ReleaseAsync(ClusterSession session, TimeSpan lifetime);

    /// <summary>The session is over for good.</summary>
    ValueTask EndAsync(ClusterSession session);

    /// <summary>Waits until this server has handed over the events up to an offset, which a client may have made up.</summary>
    /// <returns>False if there is no such event, or it does not come in time.</returns>
    ValueTask<bool> WaitForAsync(EventOffset offset, CancellationToken cancellationToken);

    /// <summary>Reads the events of the namespace behind one offset up to another, in their order.</summary>
    /// <param name="after">The last event that is known.</param>
    /// <param name="upTo">The last event that is read.</param>
    /// <param name="take">Takes an event; false if no more is wanted.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>False if some of them are not kept any more, if they are too many to look through, or if no more was wanted.</returns>
    ValueTask<bool> ReadAsync(
        EventOffset after, EventOffset upTo, Func<EventOffset, ClusterBroadcast, bool> take, CancellationToken cancellationToken);
}
