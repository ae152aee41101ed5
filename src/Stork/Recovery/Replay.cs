namespace Stork.Recovery;

/// <summary>What a client has missed, and whether that is certain.</summary>
/// <remarks>The log's lock guards it.</remarks>
internal static class Replay
{
    /// <summary>
    /// The events behind the client's position that were meant for the session, in their order; null if one of them may be missing,
    /// or if they are too many.
    /// </summary>
    public static List<LoggedEvent>? Collect(RecoveryClaim claim, ConnectionStateRecoveryOptions options)
    {
        var (session, position) = (claim.Session, claim.Position);
        if (position < session.CompleteFrom || session.Own.ForgottenTo > position
            || session.Namespace.Everybody.ForgottenTo > position) return null;
        var missed = new Missed(session, options);
        var isComplete = missed.TryAdd(session.Own, position, long.MaxValue)
            && missed.TryAdd(session.Namespace.Everybody, position, long.MaxValue);
        foreach (var membership in session.Rooms.Values) isComplete = isComplete && TryAdd(missed, membership, position);
        foreach (var membership in session.Former) isComplete = isComplete && TryAdd(missed, membership, position);
        return isComplete ? missed.InOrder() : null;
    }

    private static bool TryAdd(Missed missed, Membership membership, long position)
    {
        if (membership.Left <= position) return true;
        var from = Math.Max(position, membership.Joined);
        return membership.Room.ForgottenTo <= from && missed.TryAdd(membership.Room, from, membership.Left);
    }

    private sealed class Missed(Session session, ConnectionStateRecoveryOptions options)
    {
        // An event to several rooms stands on several trails.
        private readonly HashSet<LoggedEvent> _found = new(ReferenceEqualityComparer.Instance);
        private long _bytes;

        /// <summary>
        /// Takes in what stands on a trail behind one position up to another; false if that is more than may be replayed.
        /// </summary>
        public bool TryAdd(EventTrail trail, long after, long upTo)
        {
            for (var i = trail.FirstAfter(after); i < trail.Count && trail[i].Sequence <= upTo; i++)
            {
                var logged = trail[i];
                if (IsExcepted(logged) || !_found.Add(logged)) continue;
                _bytes += logged.Packet.Length;
                if (_found.Count > options.MaxReplayEvents || _bytes > options.MaxReplayBytes) return false;
            }

            return true;
        }

        public List<LoggedEvent> InOrder() => [.. _found.OrderBy(static logged => logged.Sequence)];

        private bool IsExcepted(LoggedEvent logged)
        {
            foreach (var trail in logged.Except)
            {
                if (session.WasIn(trail, logged.Sequence)) return true;
            }

            return false;
        }
    }
}
