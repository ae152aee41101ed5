namespace Stork.Browser.Tests;

/// <summary>One server for all tests of a class, which keep out of each other's way by names and rooms of their own.</summary>
public sealed class RunningChat : IAsyncLifetime
{
    private SampleServer? _server;

    public Uri Address => _server!.Address;

    public async ValueTask InitializeAsync() => _server = await SampleServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
    }
}
