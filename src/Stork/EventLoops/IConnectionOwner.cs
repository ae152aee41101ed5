namespace Stork.EventLoops;

/// <summary>Who has a connection once HTTP has let go of it.</summary>
internal interface IConnectionOwner
{
    /// <summary>Serves the connection until it is over. Fails only if the connection should be reported as failed.</summary>
    Task RunAsync();

    /// <summary>The web server wants the connection to end: it stops, or closes an endpoint. Called on a thread of its own.</summary>
    void BeginClose();
}
