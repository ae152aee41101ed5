namespace Stork.EventLoops;

/// <summary>What the event loops have to know.</summary>
/// <param name="Count">How many; none leaves all to the web server's own sockets.</param>
/// <param name="Path">Where Socket.IO is served.</param>
internal sealed record EventLoopOptions(int Count, string Path);
