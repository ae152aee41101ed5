using System.Globalization;
using Npgsql;

namespace Stork.Queues.Bench.Peers.Services;

/// <summary>PostgreSQL with a fresh cluster, which syncs before it answers a commit.</summary>
internal sealed class PostgresServer : IBrokerServer
{
    private const int MaxOpenTries = 400;
    private const string User = "postgres";

    private static readonly TimeSpan s_betweenTries = TimeSpan.FromMilliseconds(50);
    private static readonly string? s_folder = FindFolder();

    private readonly ServiceProcess _process;

    private PostgresServer(ServiceProcess process, int port) => (_process, Port) = (process, port);

    public static string? Missing =>
        s_folder is null ? "needs postgresql"
            : Machine.Find("setpriv") is null && Environment.UserName == "root" ? "needs setpriv (util-linux)"
            : null;

    /// <summary>Version and settings, for the report.</summary>
    public static string Shape =>
        $"{Machine.Run(s_folder + "/postgres", "--version")}, fsync on, synchronous_commit on, shared_buffers 512 MB, max_wal_size 4 GB";

    public int Port { get; }

    public string ConnectionString =>
        $"Host=127.0.0.1;Port={Port};Username={User};Database=postgres;Pooling=false;Include Error Detail=true";

    public TimeSpan ProcessorTime => _process.ProcessorTime;

    /// <param name="directory">For its data; it gets the user that PostgreSQL runs as.</param>
    public static async Task<PostgresServer> StartAsync(string directory)
    {
        Directory.CreateDirectory(directory);
        var (data, port) = (Path.Combine(directory, "data"), Machine.FreePort());
        Directory.CreateDirectory(data);
        string[] asUser = [];
        if (Environment.UserName == "root")
        {
            // PostgreSQL refuses to run as root; its package made a user.
            Run("chown", "-R", User, directory);
            asUser = [Machine.Find("setpriv")!, "--reuid=" + User, "--regid=" + User, "--init-groups"];
        }

        string[] initialize =
        [
            .. asUser, s_folder + "/initdb", "-D", data, "-U", User,
            "--auth=trust", "--no-sync", "--no-instructions", "--locale=C", "--encoding=UTF8",
        ];
        Run(initialize[0], initialize[1..]);
        string[] settings =
        [
            "listen_addresses=127.0.0.1", "unix_socket_directories=", $"port={port.ToString(CultureInfo.InvariantCulture)}",
            "fsync=on", "synchronous_commit=on", "shared_buffers=512MB", "max_wal_size=4GB", "min_wal_size=1GB",
        ];
        var given = settings.SelectMany(static setting => new[] { "-c", setting });
        var process = ServiceProcess.Start(directory, [.. asUser, s_folder + "/postgres", "-D", data, .. given], EndSignal.Quit);
        var server = new PostgresServer(process, port);
        try
        {
            await process.AcceptsAsync(port);
            await server.ServesAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static string? FindFolder()
    {
        const string Versions = "/usr/lib/postgresql";
        var newest = Directory.Exists(Versions)
            ? Directory.EnumerateDirectories(Versions).OrderByDescending(VersionOf)
                .Select(static d => Path.Combine(d, "bin", "initdb")).FirstOrDefault(File.Exists)
            : null;
        return Path.GetDirectoryName(newest ?? Machine.Find("initdb"));
    }

    private static double VersionOf(string folder) =>
        double.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var version) ? version : 0;

    private static void Run(string program, params string[] arguments)
    {
        if (Machine.Run(program, arguments) is null) throw new BenchmarkException($"{program} {string.Join(' ', arguments)} failed");
    }

    /// <summary>It listens a moment before it serves.</summary>
    private async Task ServesAsync()
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                await using var connection = new NpgsqlConnection(ConnectionString);
                await connection.OpenAsync();
                return;
            }
            catch (PostgresException starting) when (starting.SqlState == PostgresErrorCodes.CannotConnectNow && tries < MaxOpenTries)
            {
                await Task.Delay(s_betweenTries, TimeProvider.System);
            }
        }
    }
}
