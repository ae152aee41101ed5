using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Stork.Queues;
using Stork.Tests.Timing;

namespace Stork.Tests.Durable.WorkQueues;

/// <summary>An application without a web server: queues in memory or in a directory, a clock that is moved by hand,
/// and a host if there are services to start.</summary>
internal sealed class QueueApp : IAsyncDisposable
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(1);

    private readonly IHost _host;

    private QueueApp(IHost host, ManualTime time, RecordedLog log)
    {
        _host = host;
        Time = time;
        Log = log;
        IO = host.Services.GetRequiredService<SocketIOServer>();
    }

    public SocketIOServer IO { get; }

    public ManualTime Time { get; }

    public RecordedLog Log { get; }

    public IServiceProvider Services => _host.Services;

    public static async Task<QueueApp> StartAsync(
        Action<SocketIOOptions>? options = null,
        Action<IServiceCollection>? services = null,
        string? directory = null,
        ManualTime? time = null)
    {
        time ??= new ManualTime();
        var log = new RecordedLog();
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.ClearProviders().AddProvider(log).SetMinimumLevel(LogLevel.Trace);
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.Services.AddRouting();
        builder.Services.AddSocketIO(io =>
        {
            io.DataDirectory = directory ?? "not used";
            io.Store = new QueueStoreOptions
            {
                Durability = directory is null ? Durability.Memory : Durability.Fsync,
                SegmentSize = 1 << 20,
                MinFreeBytes = 0,
                StallTolerance = QueueOptions.MaxDelay,
            };
            options?.Invoke(io);
        });
        services?.Invoke(builder.Services);
        var host = builder.Build();
        try
        {
            var app = new QueueApp(host, time, log);
            await host.StartAsync(TestContext.Current.CancellationToken);
            return app;
        }
        catch
        {
            await ((IAsyncDisposable)host).DisposeAsync();
            throw;
        }
    }

    public Task StopAsync() => _host.StopAsync(CancellationToken.None).Within("the application to stop");

    public async Task<QueueStatistics> StatisticsAsync(string queue) =>
        await IO.Store!.Queue(queue).GetStatisticsAsync() ?? throw new InvalidOperationException($"There is no queue {queue}.");

    /// <summary>Lets time pass in steps until something has happened.</summary>
    public async Task PassUntil(Func<bool> condition, string awaited, double step = 1)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            if (TimeProvider.System.GetElapsedTime(started) > Patience.Limit)
                throw new TimeoutException($"Waited {Patience.Limit} until {awaited}.");
            Time.Advance(TimeSpan.FromSeconds(step));
            await LetActAsync();
        }
    }

    /// <summary>Lets some time pass, in steps that leave the store and the handlers time to act.</summary>
    public async Task Pass(double seconds)
    {
        for (var step = 0; step < seconds; step++)
        {
            Time.Advance(TimeSpan.FromSeconds(Math.Min(1, seconds - step)));
            await LetActAsync();
        }
    }

    private async Task LetActAsync()
    {
        await Task.Delay(Glance, TimeProvider.System);
        // An answer from the store's thread shows that it has seen the new time.
        await IO.Store!.Queue("not there").GetStatisticsAsync();
    }

    public async Task Until(string queue, Func<QueueStatistics, bool> condition, string awaited)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!condition(await StatisticsAsync(queue)))
        {
            if (TimeProvider.System.GetElapsedTime(started) > Patience.Limit)
                throw new TimeoutException($"Waited {Patience.Limit} until {awaited}; it is {await StatisticsAsync(queue)}.");
            await Task.Delay(Glance, TimeProvider.System);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await ((IAsyncDisposable)_host).DisposeAsync();
    }
}
