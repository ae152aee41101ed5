using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using StackExchange.Redis;
using Stork.Redis.Tests.Servers;

namespace Stork.Redis.Tests.Faults;

/// <summary>What tests of faults want to know of a server.</summary>
internal static class Observing
{
    public static Task<StorkMember> StartAsync(string redis, Action<RedisAdapterOptions>? configure = null) =>
        StorkMember.StartAsync(redis, "k", configure, static services => services.AddHealthChecks().AddStorkRedis());

    public static async Task<HealthStatus> HealthAsync(this StorkMember member) =>
        (await member.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Status;

    /// <summary>Whether it has logged the event, in the category of the package.</summary>
    public static bool HasLogged(this StorkMember member, int eventId, string part = "") =>
        member.Log.Entries.Any(entry => entry.Category == "Stork.Redis" && entry.EventId == eventId && entry.Message.Contains(part));

    public static Task UntilServersAsync(this StorkMember member, int count) =>
        Waiting.UntilAsync(async () => await TryCountAsync(member) == count, $"{count} servers knew of each other");

    /// <summary>Subscriptions come back one after the other, so the first events may be too early.</summary>
    public static async Task ShouldHearAsync(this Client client, StorkMember from, string name)
    {
        var hearing = HearAsync(client, $"42[\"{name}\"]");
        await Waiting.UntilAsync(EmitAsync, "the client heard of the other server");
        await hearing;

        Task<bool> EmitAsync()
        {
            // Not awaited: one that goes to a Redis that has gone takes its time.
            _ = from.IO.EmitAsync(name);
            return Task.FromResult(hearing.IsCompleted);
        }
    }

    /// <summary>All that comes until the packet does; what was on its way in an outage may come, or not.</summary>
    public static async Task HearAsync(this Client client, string packet)
    {
        while (await client.ReceiveAsync() != packet)
        {
            // Another one.
        }
    }

    private static async Task<int> TryCountAsync(StorkMember member)
    {
        try
        {
            return await member.CountAsync();
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            return 0;
        }
    }
}
