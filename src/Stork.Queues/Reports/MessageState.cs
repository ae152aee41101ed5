namespace Stork.Queues;

/// <summary>Where a stored message stands.</summary>
public enum MessageState
{
    /// <summary>Gone, or never there.</summary>
    None = 0,

    /// <summary>Waits for a consumer.</summary>
    Ready = 1,

    /// <summary>Waits for its time: delayed, or failed and backing off.</summary>
    Scheduled = 2,

    /// <summary>Out at a consumer.</summary>
    InFlight = 3,

    /// <summary>Acknowledged and kept for replay.</summary>
    Retained = 4,
}
