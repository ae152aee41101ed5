namespace Stork.Redis.Wire;

/// <summary>Broadcasts to exactly one room have channels of their own.</summary>
internal static class OneRoom
{
    /// <summary>The room; null if there are none or several.</summary>
    public static string? Find(IReadOnlyList<string> rooms) =>
        rooms.Count > 0 && rooms.All(room => room == rooms[0]) ? rooms[0] : null;
}
