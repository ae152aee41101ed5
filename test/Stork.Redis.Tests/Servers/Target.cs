namespace Stork.Redis.Tests.Servers;

/// <summary>Which sockets of a namespace are meant.</summary>
internal sealed record Target(string[] Rooms, string[] Except, string Namespace = "/")
{
    public static Target All { get; } = new([], []);

    public static Target In(params string[] rooms) => new(rooms, []);
}
