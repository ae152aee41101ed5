namespace Stork.Queues.State;

/// <summary>Where deliveries go once they may be told. Called by the shard's thread: it must not block.</summary>
internal interface IDeliverySink
{
    /// <param name="handOut">The delivery.</param>
    /// <returns>Whether it is the first since <see cref="EndTurn"/>, which then has to be called behind the last one.</returns>
    bool Deliver(in HandOut handOut);

    /// <summary>All that was to be told at once has been.</summary>
    void EndTurn()
    {
    }

    /// <summary>All that waited when the consumer came has been handed out. Told once.</summary>
    /// <returns>As of <see cref="Deliver"/>.</returns>
    bool CaughtUp() => false;

    /// <summary>No more deliveries will come.</summary>
    void Close(Exception? failure);
}
