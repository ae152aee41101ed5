namespace Stork.Queues.Records;

/// <summary>What a Device record says. The numbers are part of the format.</summary>
internal enum DeviceChange : byte
{
    Registered = 0,
    Removed = 1,

    /// <summary>Registered, and every retained message is ready again for this device alone.</summary>
    RegisteredWithAll = 2,
}
