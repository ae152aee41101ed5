namespace Stork.Queues.Bench.Peers.Services;

/// <summary>The signal that ends a server, by its number on Linux.</summary>
internal enum EndSignal
{
    /// <summary>SIGQUIT: PostgreSQL and Erlang end at once; the data are thrown away anyway.</summary>
    Quit = 3,

    /// <summary>SIGTERM.</summary>
    Terminate = 15,
}
