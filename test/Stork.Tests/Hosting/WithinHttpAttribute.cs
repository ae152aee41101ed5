namespace Stork.Tests.Hosting;

/// <summary>
/// On a class that derives from tests: runs them once more over Kestrel's own sockets, and with WebSockets that stay within their HTTP
/// requests, as they do on other web servers.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class WithinHttpAttribute : Attribute
{
    public static bool IsOnRunningTests => RunningTests.Have<WithinHttpAttribute>();
}
