namespace Stork.Shared.Disk;

/// <summary>
/// One flat directory as the journal sees it. The file system and the simulator implement it; nothing else in the engine touches files.
/// A change of names (create, rename, delete) is only durable after <see cref="SyncDirectory"/>. Everything but a sync may throw a
/// <see cref="DiskRefusedException"/>, and is then done again later.
/// </summary>
internal interface IDisk : IDisposable
{
    /// <summary>Creates an empty file under a name that is free.</summary>
    IDiskFile Create(string name);

    IDiskFile Open(string name);

    bool Exists(string name);

    IReadOnlyList<string> List();

    void Rename(string from, string to);

    void Delete(string name);

    void SyncDirectory();

    /// <summary>Bytes that can still be written on this volume.</summary>
    long FreeBytes { get; }

    /// <summary>The size of this volume.</summary>
    long TotalBytes => long.MaxValue;
}
