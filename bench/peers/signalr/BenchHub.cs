using Microsoft.AspNetCore.SignalR;

namespace Stork.SignalR.Peer;

/// <summary>What every server of the load test does.</summary>
internal sealed class BenchHub : Hub
{
#pragma warning disable CA1822 // Static methods are not called by clients.
    public string Echo(string text) => text;
#pragma warning restore CA1822

    public Task Publish(string text) => Clients.All.SendAsync("news", text, Context.ConnectionAborted);
}
