using Stork.Queues;

namespace Stork.ConformanceHost;

/// <summary>
/// A server whose machine a test takes something from. POST /jobs stores each text of a JSON array,
/// GET /jobs shows the queue's numbers, GET /health the health check.
/// </summary>
internal static class FaultRole
{
    public const string Name = "faults";

    public static void Configure(SocketIOOptions options, string directory)
    {
        options.DataDirectory = directory;
        options.Store = new QueueStoreOptions { SegmentSize = 1 << 20, MinFreeBytes = 0 };
        var defaults = new SocketIOOptions();
        (options.PingInterval, options.PingTimeout, options.ConnectTimeout) =
            (defaults.PingInterval, defaults.PingTimeout, defaults.ConnectTimeout);
    }

    public static void Map(WebApplication app)
    {
        var io = app.MapSocketIO();
        var jobs = io.Queue<string>("jobs");
        app.MapPost("/jobs", async (string[] texts) => (await jobs.EnqueueManyAsync(texts)).Count);
        app.MapGet("/jobs", async () => await jobs.Queue.GetStatisticsAsync());
        app.MapHealthChecks("/health");
    }
}
