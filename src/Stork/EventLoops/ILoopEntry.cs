namespace Stork.EventLoops;

/// <summary>What a loop watches: a connection, or a listening socket.</summary>
internal interface ILoopEntry
{
    /// <summary>Place and generation in the loop's table; set by the loop.</summary>
    long Token { get; set; }

    /// <summary>
    /// Something has become possible, or may have: a call too many must do no harm. On the loop's thread, which serves others too.
    /// </summary>
    /// <param name="events">Of <see cref="SocketCalls"/>: what is possible.</param>
    void OnEvents(uint events);

    /// <summary>
    /// The call kept the loop's thread so long that another goes on in its place. On that other thread, while the call may still run.
    /// </summary>
    void OnBlocked();
}
