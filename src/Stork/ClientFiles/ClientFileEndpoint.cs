using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Stork.ClientFiles;

/// <summary>
/// Answers requests for the official client, as the original server does with <c>serveClient</c>: one strong ETag, the client's
/// version, for every file in every coding. One per server; requests share the compressed files.
/// </summary>
internal sealed class ClientFileEndpoint
{
    internal const string Explanation =
        """
        The official Socket.IO client is not part of this build of Stork.

        Its files are taken from the npm package socket.io-client while Stork is built, and npm was not at hand then (or the
        build was told to leave them out: StorkClientBundle=false). Build Stork with Node.js and npm installed to have them
        served here, or let the page load the client from somewhere else: nothing but this download needs them.

        """;

    internal const string MessagePackExplanation =
        """
        This server does not speak MessagePack, so the script with that parser is not served: its client could not connect.
        Load socket.io.min.js or socket.io.esm.min.js instead; binary data needs no parser of its own. Or let the server speak it:
        SocketIOOptions.Parser = new MessagePackParser(), of the package Stork.MessagePack.

        """;

    private readonly ClientBundle _bundle;
    private readonly bool _speaksMessagePack;
    private readonly CompressedFiles _compressed;
    private readonly EntityTagHeaderValue? _etag;

    /// <param name="bundle">The files.</param>
    /// <param name="parserScript">The script that is made with the server's parser, if that is not the protocol's.</param>
    public ClientFileEndpoint(ClientBundle bundle, string? parserScript)
    {
        _bundle = bundle;
        _speaksMessagePack = parserScript is not null && ClientBundle.IsOfMessagePack(parserScript);
        _compressed = new CompressedFiles(bundle);
        _etag = bundle.Version is null ? null : new EntityTagHeaderValue($"\"{bundle.Version}\"");
    }

    /// <summary>
    /// Whether <paramref name="fileName"/>, what follows the last slash of the path, is one that the original server serves.
    /// </summary>
    public static bool IsClientFile(ReadOnlySpan<char> fileName) => ClientBundle.Contains(fileName);

    /// <summary>
    /// Writes the whole answer. The original server sends the file whatever the method; here a method other than GET and HEAD gets
    /// 405, so that no POST of a misconfigured client is taken for a success.
    /// </summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public async Task ServeAsync(HttpContext context, string fileName)
    {
        if (!IsClientFile(fileName))
            throw new ArgumentException($"'{fileName}' is not a file of the client.", nameof(fileName));

        var isHead = HttpMethods.IsHead(context.Request.Method);
        try
        {
            if (!isHead && !HttpMethods.IsGet(context.Request.Method))
                RefuseMethod(context.Response);
            else if (!_speaksMessagePack && ClientBundle.IsOfMessagePack(fileName))
                await ExplainAbsenceAsync(context, isHead, MessagePackExplanation);
            else if (_etag is null)
                await ExplainAbsenceAsync(context, isHead, Explanation);
            else
                await SendAsync(context, fileName, _etag, isHead);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client went away in the middle of a file; there is nobody left to tell.
            context.Abort();
        }
    }

    private async Task SendAsync(HttpContext context, string fileName, EntityTagHeaderValue etag, bool isHead)
    {
        var response = context.Response;
        response.Headers.ETag = etag.ToString();
        response.Headers.CacheControl = "public, max-age=0";
        // Appended, because CORS may have put an Origin there.
        response.Headers.Append(HeaderNames.Vary, HeaderNames.AcceptEncoding);
        if (IsKnownToClient(context.Request, etag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = fileName.EndsWith(".map", StringComparison.Ordinal)
            ? "application/json; charset=utf-8"
            : "application/javascript; charset=utf-8";
        var coding = AcceptEncoding.Choose(context.Request.Headers.AcceptEncoding);
        if (coding == ContentCoding.Identity)
        {
            await using var file = _bundle.Open(fileName);
            response.ContentLength = file.Length;
            if (!isHead)
                await file.CopyToAsync(response.Body, context.RequestAborted);
            return;
        }

        var bytes = await _compressed.GetAsync(fileName, coding).WaitAsync(context.RequestAborted);
        response.Headers.ContentEncoding = AcceptEncoding.NameOf(coding);
        response.ContentLength = bytes.Length;
        if (!isHead)
            await response.Body.WriteAsync(bytes, context.RequestAborted);
    }

    // RFC 9110, 13.1.2: the weak comparison, against a list or an asterisk.
    private static bool IsKnownToClient(HttpRequest request, EntityTagHeaderValue etag)
    {
        if (!EntityTagHeaderValue.TryParseList(request.Headers.IfNoneMatch, out var known))
            return false;
        foreach (var candidate in known)
        {
            if (candidate.Equals(EntityTagHeaderValue.Any) || candidate.Compare(etag, useStrongComparison: false))
                return true;
        }
        return false;
    }

    private static void RefuseMethod(HttpResponse response)
    {
        response.StatusCode = StatusCodes.Status405MethodNotAllowed;
        response.Headers.Allow = "GET, HEAD";
    }

    private static async Task ExplainAbsenceAsync(HttpContext context, bool isHead, string explanation)
    {
        var bytes = Encoding.UTF8.GetBytes(explanation.ReplaceLineEndings("\n"));
        var response = context.Response;
        response.StatusCode = StatusCodes.Status404NotFound;
        response.ContentType = "text/plain; charset=utf-8";
        // The next deployment may well have the files.
        response.Headers.CacheControl = "no-store";
        response.ContentLength = bytes.Length;
        if (!isHead)
            await response.Body.WriteAsync(bytes, context.RequestAborted);
    }
}
