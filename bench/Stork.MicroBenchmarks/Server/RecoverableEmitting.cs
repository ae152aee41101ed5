using BenchmarkDotNet.Attributes;

namespace Stork.MicroBenchmarks.Server;

/// <summary>A broadcast that is also kept for clients that lose their connection: what the recovery log adds to it.</summary>
[MemoryDiagnoser]
public class RecoverableEmitting
{
    private static readonly string s_text = new('a', 64);

    private string? _directory;
    private InMemoryApp _app = null!;

    /// <summary>Whether the log is in a file too; the file is in the temporary directory.</summary>
    [Params(false, true)]
    public bool IsOnDisk { get; set; }

    [GlobalSetup]
    public async Task SetupAsync()
    {
        if (IsOnDisk) _directory = Directory.CreateTempSubdirectory("stork-micro-").FullName;
        _app = await InMemoryApp.StartAsync(options =>
        {
            options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions();
            options.DataDirectory = _directory;
        });
        _app.Connect();
    }

    [Benchmark]
    public async Task Broadcast() => await _app.IO.EmitAsync("news", s_text);

    [GlobalCleanup]
    public async Task CleanupAsync()
    {
        await _app.DisposeAsync();
        if (_directory is not null) Directory.Delete(_directory, recursive: true);
    }
}
