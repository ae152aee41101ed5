using Stork.Queues.Records;
using Stork.Queues.State;

namespace Stork.Queues.Rules;

/// <summary>
/// Which messages may be why a client ended its own connection. One that its client can never take would otherwise be sent at each return,
/// for ever, as lost connections count nothing.
/// </summary>
/// <remarks>
/// Tunnels and half-open connections are no evidence: only a client that says itself that it goes, within <see cref="Window"/> of a
/// hand-out, or a worker that goes without a word while it has this one job, as one that crashes does. Even then it may have had its own
/// reasons, and what it was handed at once cannot be told apart. So at first that makes suspects, which go out alone from then on; only
/// when the client goes once more with a suspect alone, the suspect has failed, and waits for its backoff while the others get through.
/// </remarks>
internal static class Suspicion
{
    /// <summary>Milliseconds from the hand-out to the end of the connection: the way to the client and back over a poor network.</summary>
    public const long Window = 5_000;

    /// <summary>Whether the end of a connection says anything about what the consumer had.</summary>
    public static bool IsCast(ConsumerState consumer, Departure how) =>
        how == Departure.Left || (how == Departure.Cut && consumer.Queue.Kind == QueueKind.Work && consumer.Out.Count == 1);

    /// <summary>How a hand-out ended whose consumer is gone, if it would otherwise have ended as <paramref name="lost"/>.</summary>
    public static ReturnKind Judge(ConsumerState consumer, Attempt attempt, ReturnKind lost)
    {
        if (consumer.LeftAt is not { } leftAt || leftAt - attempt.StartedAt > Window) return lost;

        // One that is alone because it failed often was no suspect yet.
        var isSuspect = consumer.Alone && attempt.Queue.Extra(attempt.Sequence) is { Isolated: true };
        return isSuspect ? ReturnKind.Refused : ReturnKind.Suspected;
    }
}
