using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Stork.Samples.Parcels;

/// <summary>
/// Who is behind a connection. A token is a role and a name signed with a secret of the server, so nobody can be somebody else by
/// saying so. That is all there is to it: tokens do not expire, and travel in the clear unless the server has TLS. Where there are users
/// already, their authentication belongs here.
/// </summary>
internal sealed partial class TokenAuthentication : IInboxIdentityResolver
{
    private const string MemberKey = "member";

    private readonly string _directory;
    private readonly byte[] _secret;

    public TokenAuthentication(string directory)
    {
        _directory = directory;
        var file = Path.Combine(Directory.CreateDirectory(directory).FullName, "secret");
        if (!File.Exists(file))
        {
            // Whole or not at all: a secret that is cut short by a crash would turn everybody away.
            File.WriteAllBytes(file + ".new", RandomNumberGenerator.GetBytes(32));
            File.Move(file + ".new", file);
        }

        _secret = File.ReadAllBytes(file);
    }

    public static Member MemberOf(Socket socket) => (Member)socket.Data[MemberKey]!;

    /// <summary>Writes a token to where the consoles look for it. Somebody else would send it by mail.</summary>
    public int WriteToken(string role, string name)
    {
        var member = new Member(role, name);
        if (!IsValid(member))
        {
            Console.Error.WriteLine("Invite a shop or a driver, with a name of up to 32 small letters, digits and hyphens.");
            return 1;
        }

        var file = Path.Combine(Directory.CreateDirectory(Path.Combine(_directory, "tokens")).FullName, $"{role}-{name}");
        File.WriteAllText(file, $"{member.Inbox}:{Sign(member)}");
        Console.WriteLine($"wrote {file}");
        return 0;
    }

    /// <summary>A middleware: runs before a client is told that it is connected.</summary>
    /// <exception cref="ConnectErrorException">The client is told so, in its <c>connect_error</c>.</exception>
    public ValueTask AuthenticateAsync(Socket socket)
    {
        var token = socket.Handshake.GetAuth<Introduction>()?.Token;
        socket.Data[MemberKey] = Check(token) ?? throw new ConnectErrorException("The token is not valid.");
        return ValueTask.CompletedTask;
    }

    public ValueTask<InboxIdentity?> ResolveAsync(Socket socket) => new(new InboxIdentity(MemberOf(socket).Inbox));

    private Member? Check(string? token)
    {
        if (token?.Split(':') is not [var role, var name, var signature]) return null;
        var member = new Member(role, name);
        var isSigned = CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(signature), Encoding.UTF8.GetBytes(Sign(member)));
        return isSigned && IsValid(member) ? member : null;
    }

    private string Sign(Member member) => Convert.ToHexStringLower(HMACSHA256.HashData(_secret, Encoding.UTF8.GetBytes(member.Inbox)));

    private static bool IsValid(Member member) => member.Role is "shop" or "driver" && Name().IsMatch(member.Name);

    [GeneratedRegex("^[a-z0-9-]{1,32}\\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Name();

    /// <summary>What a console says when it connects (its <c>auth</c>).</summary>
    private sealed record Introduction(string? Token);
}
