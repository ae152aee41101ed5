namespace Stork.Redis.Sharded;

/// <summary>A subscription to one channel.</summary>
internal interface IChannelSubscription
{
    /// <summary>Whether messages come, as far as is known.</summary>
    bool IsConfirmed { get; }

    /// <summary>Whether the bus could be reached at the moment.</summary>
    bool IsConnected { get; }

    /// <summary>Ends it; what has come before is still handled. Never throws.</summary>
    Task EndAsync();
}
