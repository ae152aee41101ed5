namespace Stork.Shared.Disk;

/// <summary>
/// A disk that can also give a file the name of another one, which is gone with that: at every moment one of the two has the name.
/// </summary>
internal interface IReplacingDisk : IDisk
{
    /// <summary>Whether a sync of names does anything; where it cannot, the system says nothing of when names are durable.</summary>
    bool CanSyncNames { get; }

    /// <summary>As <see cref="IDisk.Rename"/>, but the name may be taken.</summary>
    void Replace(string from, string to);
}
