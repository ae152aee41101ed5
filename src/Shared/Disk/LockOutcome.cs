namespace Stork.Shared.Disk;

/// <summary>What came of the attempt to lock something.</summary>
internal enum LockOutcome
{
    /// <summary>It is locked.</summary>
    Locked,

    /// <summary>Somebody else has it.</summary>
    Taken,

    /// <summary>The file system has no such lock.</summary>
    Impossible,
}
