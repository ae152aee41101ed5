namespace Stork.Tests.Hosting;

/// <summary>
/// On a class that derives from tests: runs them once more over Kestrel's own sockets, as on systems without event loops; WebSockets are
/// taken over from HTTP all the same.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class KestrelSocketsAttribute : Attribute
{
    public static bool IsOnRunningTests => RunningTests.Have<KestrelSocketsAttribute>();
}
