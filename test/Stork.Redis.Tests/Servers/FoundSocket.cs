namespace Stork.Redis.Tests.Servers;

/// <summary>What a server found out about a socket, its own or another one's.</summary>
internal sealed record FoundSocket(string Id, string[] Rooms, string Name, byte[] File, string Agent, string Auth, string Query);
