namespace Stork.Tests.Recovery;

/// <summary>The application's adapters may take their time; the log, whose lock all namespaces share, does not wait for them.</summary>
public sealed class SlowAdapterTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task An_adapter_that_is_still_being_made_holds_up_no_other_namespace()
    {
        using var begun = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        await using var app = await StorkApp.StartAsync(options =>
        {
            options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions();
            options.AdapterFactory = nsp =>
            {
                if (nsp.Name == "/slow")
                {
                    begun.Set();
                    release.Wait(Limit);
                }

                return new InMemoryAdapter(nsp);
            };
        });
        await using var client = await RecoveringClient.JoinAsync(app);
        var maker = new Thread(() => app.IO.Of("/slow"));
        var emitter = new Thread(() => _ = app.IO.Of("/slow").Local.EmitAsync("early"));
        try
        {
            maker.Start();
            begun.Wait(Limit, TestContext.Current.CancellationToken).ShouldBeTrue();
            emitter.Start();
            // It can wait for nothing but the adapter.
            SpinWait.SpinUntil(() => emitter.ThreadState.HasFlag(ThreadState.WaitSleepJoin), Limit).ShouldBeTrue();
            var emitting = Task.Run(() => app.IO.EmitAsync("hello").AsTask(), TestContext.Current.CancellationToken);
            await emitting.WaitAsync(Limit / 2, TimeProvider.System, TestContext.Current.CancellationToken);
            await client.ShouldReceive("""["hello"]""");
        }
        finally
        {
            release.Set();
            maker.Join();
            emitter.Join();
        }
    }
}
