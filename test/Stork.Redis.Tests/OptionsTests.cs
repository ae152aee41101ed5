using Microsoft.Extensions.Options;
using Stork.Redis.Tests.Servers;

namespace Stork.Redis.Tests;

public sealed class OptionsTests
{
    public static TheoryData<string, Action<RedisAdapterOptions>> OutOfRange => new()
    {
        { nameof(RedisAdapterOptions.Mode), static options => options.Mode = (RedisAdapterMode)99 },
        { nameof(RedisAdapterOptions.SubscriptionMode), static options => options.SubscriptionMode = (RedisSubscriptionMode)99 },
        { nameof(RedisAdapterOptions.KeyPrefix), static options => options.KeyPrefix = "" },
        { nameof(RedisAdapterOptions.KeyPrefix), static options => options.KeyPrefix = new string('x', 129) },
        { nameof(RedisAdapterOptions.RequestTimeout), static options => options.RequestTimeout = TimeSpan.Zero },
        { nameof(RedisAdapterOptions.OpenTimeout), static options => options.OpenTimeout = TimeSpan.FromMinutes(6) },
        { nameof(RedisAdapterOptions.MaxPendingRequests), static options => options.MaxPendingRequests = 0 },
        { nameof(RedisAdapterOptions.MaxPendingMessages), static options => options.MaxPendingMessages = 0 },
        { nameof(RedisAdapterOptions.MaxMessageSize), static options => options.MaxMessageSize = 1023 },
        { nameof(RedisAdapterOptions.MaxQueuedBytes), static options => options.MaxQueuedBytes = 65_535 },
    };

    [Theory]
    [MemberData(nameof(OutOfRange))]
    public async Task An_option_out_of_its_range_is_named_at_the_start(string name, Action<RedisAdapterOptions> configure)
    {
        var failure = await Should.ThrowAsync<OptionsValidationException>(() => StorkMember.StartAsync("127.0.0.1:1", "k", configure));
        failure.Message.ShouldContain(name);
    }
}
