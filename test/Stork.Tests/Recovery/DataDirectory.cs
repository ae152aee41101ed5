namespace Stork.Tests.Recovery;

/// <summary>A directory of a server, gone after the test.</summary>
internal sealed class DataDirectory : IDisposable
{
    private readonly List<string> _all = [];

    public DataDirectory() => Path = New();

    public string Path { get; }

    /// <summary>
    /// What a process would find that starts after this one was killed now: the files as the operating system has them,
    /// written or not. What a process still holds in its own memory is not there.
    /// </summary>
    public string AfterKill()
    {
        var copy = New();
        foreach (var directory in Directory.GetDirectories(Path, "*", SearchOption.AllDirectories))
            Directory.CreateDirectory(System.IO.Path.Combine(copy, System.IO.Path.GetRelativePath(Path, directory)));
        foreach (var file in Directory.GetFiles(Path, "*", SearchOption.AllDirectories))
        {
            // Held by the running process.
            if (System.IO.Path.GetFileName(file) == "LOCK") continue;
            using var from = File.Open(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var to = File.Create(System.IO.Path.Combine(copy, System.IO.Path.GetRelativePath(Path, file)));
            from.CopyTo(to);
        }

        return copy;
    }

    public void Dispose()
    {
        foreach (var path in _all) Directory.Delete(path, recursive: true);
    }

    private string New()
    {
        var path = Directory.CreateTempSubdirectory("stork-recovery-").FullName;
        _all.Add(path);
        return path;
    }
}
