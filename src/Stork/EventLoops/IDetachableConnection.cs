using System.IO.Pipelines;

namespace Stork.EventLoops;

/// <summary>
/// A feature of connections whose transport can do without the web server, so that the server need not wait for an owner's end and keeps
/// nothing of them.
/// </summary>
internal interface IDetachableConnection
{
    /// <summary>
    /// Starts the owner, and lives as long as that runs. The caller returns to the web server at once, and what that does at the end of a
    /// connection no longer concerns this one.
    /// </summary>
    /// <param name="transport">What the owner reads and writes.</param>
    /// <param name="owner">Started here if it is true that is returned; by the caller otherwise.</param>
    /// <returns>False if <paramref name="transport"/> is another one, as over TLS, which needs the web server to the end.</returns>
    bool TryDetach(IDuplexPipe transport, IConnectionOwner owner);
}
