using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Stork.Durable;
using Stork.Durable.Storage;
using Stork.Queues;
using Stork.Tests.Durable.WorkQueues;

namespace Stork.Tests.Durable.Storage;

public sealed class StoreFailureTests : IDisposable
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), "stork-failure-" + Guid.NewGuid().ToString("N"));
    private readonly int _exitCode = Environment.ExitCode;

    public void Dispose()
    {
        Environment.ExitCode = _exitCode;
        if (Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task A_failed_store_stops_the_host_with_an_exit_code_and_tells_the_application()
    {
        var told = new TaskCompletionSource<Exception>();
        await using var app = await StartAsync(told: failure =>
        {
            told.SetResult(failure);
            throw new InvalidOperationException("The application fails as well.");
        });
        var stopping = Stopping(app);
        await FailAsync(app);
        await stopping.Within("the host to stop");
        Environment.ExitCode.ShouldBe(StoreFailure.ExitCode);
        await told.Task.Within("the application to be told");
        await Waiting.Until(() => app.Log.Of(84).Any(), "the failure of the application was logged");
        app.Log.Of(83).ShouldHaveSingleItem();
        app.Log.Of(84).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_failed_store_stops_the_host_though_the_application_takes_its_time_when_it_is_told()
    {
        using var goOn = new ManualResetEventSlim();
        var told = new TaskCompletionSource();
        await using var app = await StartAsync(told: _ =>
        {
            goOn.Wait();
            told.SetResult();
        });
        var stopping = Stopping(app);
        await FailAsync(app);
        try
        {
            await stopping.Within("the host to stop");
            Environment.ExitCode.ShouldBe(StoreFailure.ExitCode);
        }
        finally
        {
            goOn.Set();
            await told.Task.Within("the end of what the application does");
        }
    }

    [Fact]
    public async Task A_failed_store_leaves_the_host_alone_if_it_is_told_to()
    {
        var told = new TaskCompletionSource();
        await using var app = await StartAsync(options => options.OnStoreFailure = StoreFailurePolicy.KeepRunning, _ => told.SetResult());
        await FailAsync(app);
        await told.Task.Within("the application to be told");
        app.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested.ShouldBeFalse();
        Environment.ExitCode.ShouldBe(_exitCode);
        var report = await app.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        report.Status.ShouldBe(HealthStatus.Unhealthy);
    }

    [Theory]
    [InlineData(0, HealthStatus.Healthy)]
    [InlineData(1.9, HealthStatus.Healthy)]
    [InlineData(2, HealthStatus.Degraded)]
    [InlineData(10, HealthStatus.Unhealthy)]
    public void A_store_that_does_not_get_on_is_degraded_and_then_unhealthy(double seconds, HealthStatus expected)
    {
        var health = new StoreHealth { Stuck = TimeSpan.FromSeconds(seconds) };
        var result = Stork.Hosting.StoreHealthCheck.Judge(health, HealthStatus.Unhealthy);
        result.Status.ShouldBe(expected);
        result.Data["stuckSeconds"].ShouldBe(seconds);
        if (expected != HealthStatus.Healthy) result.Description!.ShouldContain($"for {seconds:F1} s");
    }

    [Fact]
    public void Refused_producers_are_degraded_with_the_reason() =>
        Stork.Hosting.StoreHealthCheck.Judge(new StoreHealth { Refusal = "Too little room." }, HealthStatus.Unhealthy)
            .Description!.ShouldContain("(Too little room)");

    private static Task Stopping(QueueApp app)
    {
        var stopping = new TaskCompletionSource();
        app.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(stopping.SetResult);
        return stopping.Task;
    }

    private static async Task FailAsync(QueueApp app)
    {
        var queue = app.IO.Queue<int>("numbers");
        await queue.EnqueueAsync(1);
        Directory.Delete(app.IO.Storage.DataDirectory!, recursive: true);
        (await Should.ThrowAsync<QueueException>(() => queue.EnqueueAsync(2))).Code.ShouldBe(QueueErrorCode.StoreFailed);
    }

    private Task<QueueApp> StartAsync(Action<SocketIOOptions>? options = null, Action<Exception>? told = null) => QueueApp.StartAsync(
        io =>
        {
            io.Store = io.Store with { OnFailed = told };
            options?.Invoke(io);
        },
        services => services.AddHealthChecks().AddStorkStore(),
        _directory);
}
