namespace Stork.Recovery.Journal;

/// <summary>What became of a value of a session's data. The numbers are on disk: they never change.</summary>
internal enum DataState : byte
{
    Removed = 0,
    Json = 1,

    /// <summary>It cannot be written as JSON, or the data are too large with it: the session ends with the process.</summary>
    Unwritable = 2,
}
