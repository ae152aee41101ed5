using System.Text.Json;
using StackExchange.Redis;
using Stork.Samples.Chat;

namespace Stork.Samples.Cluster;

/// <summary>The latest messages of each room, in Redis, where all servers find them: publish/subscribe remembers nothing, and who comes to
/// another server asks for what was said meanwhile. Images are not kept.</summary>
internal sealed class MessageHistory(IConnectionMultiplexer redis)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(1);

    /// <returns>The message with its number in the room.</returns>
    public async Task<ChatMessage> AddAsync(ChatMessage message)
    {
        var database = redis.GetDatabase();
        RedisKey numbers = $"chat:{message.Room}:numbers";
        var numbered = message with { Number = await database.StringIncrementAsync(numbers) };
        var list = ListOf(message.Room);
        var json = JsonSerializer.SerializeToUtf8Bytes(numbered with { Image = null }, ChatJson.Default.ChatMessage);
        await database.ListRightPushAsync(list, json);
        await database.ListTrimAsync(list, -ChatRules.MaxMessagesPerRoom, -1);
        await database.KeyExpireAsync(list, Lifetime);
        await database.KeyExpireAsync(numbers, Lifetime);
        return numbered;
    }

    public async Task<ChatMessage[]> ReadAsync(string room, long after)
    {
        var stored = await redis.GetDatabase().ListRangeAsync(ListOf(room));
        var messages = stored.Select(static json => JsonSerializer.Deserialize((byte[])json!, ChatJson.Default.ChatMessage)!);
        return [.. messages.Where(message => message.Number > after).OrderBy(static message => message.Number)];
    }

    private static RedisKey ListOf(string room) => $"chat:{room}:messages";
}
