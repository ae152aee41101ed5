using Stork.Queues;

namespace Stork.Durable.Storage;

/// <summary>What becomes of events that a socket has stored: the answers to its client.</summary>
internal interface IStoredEvents
{
    /// <summary>So many are about to be stored together.</summary>
    TraceSpan StartSend(int count);

    /// <summary>One is stored. Called for all that were stored together within one batch of output, so that their answers leave in one
    /// write.</summary>
    ValueTask AnswerAsync(SocketEvent received, EnqueueReceipt receipt);

    /// <summary>One is not stored, or that is unknown. Does not throw.</summary>
    ValueTask RefuseAsync(SocketEvent received, Exception failure);
}
