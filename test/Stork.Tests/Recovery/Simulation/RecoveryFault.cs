namespace Stork.Tests.Recovery.Simulation;

/// <summary>What is wrong with the log or its disk on purpose, to see that the checkers notice.</summary>
public enum RecoveryFault
{
    None,

    /// <summary>No sync of a file does anything.</summary>
    SkipSyncs,

    /// <summary>No sync of names does anything.</summary>
    SkipNameSyncs,

    /// <summary>What was written before a power cut is taken for written in this run of the machine.</summary>
    TrustOtherRuns,

    /// <summary>Clients get events before these are the operating system's.</summary>
    TellBeforeWriting,

    /// <summary>Whatever is read has the right checksum.</summary>
    IgnoreChecksums,
}
