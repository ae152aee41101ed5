namespace Stork.Queues.State;

/// <summary>How a consumer's connection ended.</summary>
internal enum Departure
{
    /// <summary>Nobody knows why: it fell silent, or the server gave it up.</summary>
    Lost,

    /// <summary>The server stops, which is nobody's failure.</summary>
    Stopped,

    /// <summary>From its other side, without a word: its process may have ended, or the network.</summary>
    Cut,

    /// <summary>Its client said that it ends it.</summary>
    Left,
}
