namespace Stork.Tests;

/// <summary>The public surface is kept in a text file of each package, so that a change to it shows in review.</summary>
public sealed class PublicApiTests
{
    [Theory]
    [InlineData("Stork")]
    [InlineData("Stork.Protocol")]
    public void Is_what_was_agreed_upon(string package) =>
        PublicSurface.ShouldBeAsAgreed(package, package == "Stork" ? typeof(SocketIOServer).Assembly : typeof(Protocol.Packet).Assembly);
}
