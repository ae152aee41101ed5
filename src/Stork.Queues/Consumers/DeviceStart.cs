namespace Stork.Queues;

/// <summary>Where a device begins that an inbox sees for the first time (<see cref="Fanout.PerDevice"/>).</summary>
public enum DeviceStart
{
    /// <summary>With the messages that are not settled yet. The default.</summary>
    Unread = 0,

    /// <summary>With what comes from now on.</summary>
    New = 1,

    /// <summary>
    /// With all there is: also the settled messages that are retained (<see cref="QueueOptions.Retention"/>). For the other devices nothing
    /// changes; these messages count as unsettled again until the new device acknowledged them.
    /// </summary>
    All = 2,
}
