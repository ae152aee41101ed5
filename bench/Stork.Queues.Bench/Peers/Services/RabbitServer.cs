using System.Globalization;

namespace Stork.Queues.Bench.Peers.Services;

/// <summary>One node of RabbitMQ with default settings, and the name service it needs.</summary>
internal sealed class RabbitServer : IBrokerServer
{
    private const string Folder = "rabbitmq_server-";

    private static readonly string? s_program = Machine.Find("/usr/lib/rabbitmq/bin/rabbitmq-server", "rabbitmq-server");
    private static readonly string? s_names = Machine.Find("epmd");

    private readonly ServiceProcess _nameService;
    private readonly ServiceProcess _process;

    private RabbitServer(ServiceProcess nameService, ServiceProcess process, int port) =>
        (_nameService, _process, Port) = (nameService, process, port);

    public static string? Missing => s_program is null ? "needs rabbitmq-server" : s_names is null ? "needs epmd (erlang-base)" : null;

    /// <summary>Version and settings, for the report.</summary>
    public static string Shape => $"RabbitMQ {Version}, one node, quorum queue, default settings";

    public int Port { get; }

    public TimeSpan ProcessorTime => _process.ProcessorTime;

    /// <summary>In the name of the folder that packages put it in; to ask the program would start all of it.</summary>
    private static string Version =>
        File.ResolveLinkTarget(s_program!, returnFinalTarget: true)?.FullName.Split('/')
            .FirstOrDefault(static part => part.StartsWith(Folder, StringComparison.Ordinal))?[Folder.Length..] ?? "";

    /// <param name="directory">For its data.</param>
    public static async Task<RabbitServer> StartAsync(string directory)
    {
        Directory.CreateDirectory(directory);
        var (port, between, names) = (Machine.FreePort(), Machine.FreePort(), Machine.FreePort());
        var settings = Path.Combine(directory, "rabbitmq.conf");
        var text = $"listeners.tcp.1 = 127.0.0.1:{port}\nlog.console = true\nlog.console.level = warning\nlog.file = false\n";
        await File.WriteAllTextAsync(settings, text);
        var namesPort = names.ToString(CultureInfo.InvariantCulture);
        // Erlang nodes find each other through a name service that otherwise stays behind, on a port of everybody.
        var nameService = ServiceProcess.Start(directory, [s_names!, "-port", namesPort, "-address", "127.0.0.1"]);
        await nameService.AcceptsAsync(names);
        var process = ServiceProcess.Start(
            directory,
            [s_program!],
            EndSignal.Quit,
            ("HOME", directory),
            // The start script then becomes the server instead of watching it.
            ("RUNNING_UNDER_SYSTEMD", "true"),
            ("RABBITMQ_NODENAME", "bench@localhost"),
            ("RABBITMQ_MNESIA_BASE", Path.Combine(directory, "data")),
            ("RABBITMQ_LOG_BASE", directory),
            ("RABBITMQ_CONFIG_FILE", settings),
            ("RABBITMQ_CONF_ENV_FILE", "/dev/null"),
            ("RABBITMQ_ENABLED_PLUGINS_FILE", Path.Combine(directory, "plugins")),
            ("RABBITMQ_DIST_PORT", between.ToString(CultureInfo.InvariantCulture)),
            ("ERL_EPMD_PORT", namesPort),
            ("ERL_EPMD_ADDRESS", "127.0.0.1"),
            ("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "-start_epmd false -kernel inet_dist_use_interface {127,0,0,1}"));
        var server = new RabbitServer(nameService, process, port);
        try
        {
            await process.AcceptsAsync(port);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        await _nameService.DisposeAsync();
    }
}
