using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Stork.Durable.WorkQueues;
using Stork.Queues;

namespace Stork.Administration;

/// <summary>
/// <see cref="QueueAdmin"/> over HTTP. Nobody gets in unless the application says who may. Everything is JSON that no browser takes for a
/// page; changes are POSTs whose content type a foreign page cannot send without asking.
/// </summary>
internal sealed class AdminEndpoints(QueueAdmin admin, SocketIOServer server)
{
    private const int MaxRequestBytes = 16 * 1024;
    private const int DefaultRedrive = 1000;
    private const int MaxRedrive = 100_000;

    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (var (segment, kind) in new[] { ("queues", QueueKind.Work), ("inboxes", QueueKind.Inbox) })
        {
            routes.MapGet($"/{segment}", Guard(context => ListAsync(context, kind)));
            Get($"/{segment}/{{name}}", kind, ShowAsync);
            Get($"/{segment}/{{name}}/messages", kind, BrowseAsync);
            Get($"/{segment}/{{name}}/messages/{{sequence:long}}", kind, PeekAsync);
            Get($"/{segment}/{{name}}/dead-letters", kind, BrowseDeadAsync);
            Get($"/{segment}/{{name}}/dead-letters/{{sequence:long}}", kind, PeekDeadAsync);
            Post(segment, kind, "pause", async (_, name) => (await Done(admin.PauseAsync(kind, name)), null));
            Post(segment, kind, "resume", async (_, name) => (await Done(admin.ResumeAsync(kind, name)), null));
            Post(segment, kind, "purge", async (_, name) => ("ok", await admin.PurgeAsync(kind, name)));
            Post(segment, kind, "redrive", async (context, name) => ("ok", await RedriveAsync(context, kind, name)));
        }

        // Inboxes share their dead letters, so that nobody's can be purged alone.
        Post("queues", QueueKind.Work, "dead-letters/purge", async (_, name) => ("ok", await admin.PurgeDeadLettersAsync(name)));

        void Get(string route, QueueKind kind, Func<HttpContext, QueueKind, string, Task> handle) =>
            routes.MapGet(route, Guard(context => handle(context, kind, NameOf(context))));

        void Post(string segment, QueueKind kind, string action, Func<HttpContext, string, Task<(string Status, int? Count)>> change) =>
            routes.MapPost($"/{segment}/{{name}}/{action}", Guard(context => ChangeAsync(context, kind, action, change)));
    }

    private static async Task<string> Done(Task change)
    {
        await change;
        return "ok";
    }

    /// <summary>Refuses who was not let in on purpose, and turns errors into answers.</summary>
    private static RequestDelegate Guard(Func<HttpContext, Task> handle) => async context =>
    {
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'; sandbox";
        try
        {
            if (!HasPolicy(context))
                throw new AdminException(StatusCodes.Status403Forbidden, "forbidden", "The application has not said who may use this.");
            await handle(context);
        }
        catch (AdminException refusal)
        {
            await RespondAsync(context, refusal.Status, new AdminError(refusal.Code, refusal.Message), AdminJson.Default.AdminError);
        }
        catch (QueueException failure)
        {
            var isInvalid = failure.Code == QueueErrorCode.Invalid;
            var status = isInvalid ? StatusCodes.Status400BadRequest : StatusCodes.Status503ServiceUnavailable;
            var error = new AdminError(isInvalid ? "invalid" : "unavailable", failure.Message);
            await RespondAsync(context, status, error, AdminJson.Default.AdminError);
        }
    };

    /// <summary>The authorization middleware has enforced what is there; it is for us to see that something is.</summary>
    private static bool HasPolicy(HttpContext context) =>
        context.GetEndpoint()?.Metadata.Any(static part => part is IAuthorizeData or AuthorizationPolicy or IAllowAnonymous) == true;

    /// <summary>Routing leaves an escaped slash as it came, as it would otherwise separate.</summary>
    private static string NameOf(HttpContext context) =>
        ((string)context.Request.RouteValues["name"]!).Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    private static long SequenceOf(HttpContext context) =>
        long.Parse((string)context.Request.RouteValues["sequence"]!, CultureInfo.InvariantCulture);

    private static int Limit(HttpContext context) => (int)Number(context, "limit", 100, 1, QueueAdmin.MaxPage);

    private static long Number(HttpContext context, string name, long ifMissing, long least, long most)
    {
        var text = (string?)context.Request.Query[name];
        if (string.IsNullOrEmpty(text)) return ifMissing;
        var isNumber = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value);
        if (isNumber && value >= least && value <= most) return value;
        throw new AdminException(StatusCodes.Status400BadRequest, "invalid", $"'{name}' must be a number from {least} to {most}.");
    }

    private static BrowseOptions Browse(HttpContext context)
    {
        MessageState? state = null;
        if ((string?)context.Request.Query["state"] is { Length: > 0 } text)
        {
            // Enums are also parsed from numbers, and those would depend on their order.
            var isNamed = char.IsAsciiLetter(text[0]);
            var parsed = isNamed && Enum.TryParse<MessageState>(text, ignoreCase: true, out var known) ? known : MessageState.None;
            if (parsed == MessageState.None)
            {
                throw new AdminException(
                    StatusCodes.Status400BadRequest, "invalid", "'state' must be ready, scheduled, inFlight or retained.");
            }

            state = parsed;
        }

        return new BrowseOptions { State = state, FromSequence = Number(context, "from", 0, 0, long.MaxValue), Limit = Limit(context) };
    }

    private static Task RespondAsync<T>(HttpContext context, int status, T value, JsonTypeInfo<T> type)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(value, type, "application/json; charset=utf-8", context.RequestAborted);
    }

    private static async Task<T?> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
    {
        if (context.Request.ContentLength is 0) return default;
        try
        {
            return await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted);
        }
        catch (JsonException)
        {
            throw new AdminException(StatusCodes.Status400BadRequest, "invalid", "The body is not the JSON that was expected.");
        }
    }

    private static AdminException NotFound() => new(StatusCodes.Status404NotFound, "not_found", "There is no such queue or message.");

    private async Task ListAsync(HttpContext context, QueueKind kind)
    {
        var query = context.Request.Query;
        var page = await admin.ListAsync(kind, (string?)query["prefix"], (string?)query["after"], Limit(context), context.RequestAborted);
        await RespondAsync(context, StatusCodes.Status200OK, page, AdminJson.Default.QueuePage);
    }

    private async Task ShowAsync(HttpContext context, QueueKind kind, string name)
    {
        var report = await admin.GetAsync(kind, name, context.RequestAborted) ?? throw NotFound();
        await RespondAsync(context, StatusCodes.Status200OK, report, AdminJson.Default.QueueReport);
    }

    private async Task BrowseAsync(HttpContext context, QueueKind kind, string name) =>
        await RespondAsync(context, await admin.BrowseAsync(kind, name, Browse(context), context.RequestAborted));

    private async Task BrowseDeadAsync(HttpContext context, QueueKind kind, string name) =>
        await RespondAsync(context, await admin.BrowseDeadLettersAsync(kind, name, Browse(context), context.RequestAborted));

    private static Task RespondAsync(HttpContext context, MessagePage page)
    {
        var shown = new AdminMessagePage([.. page.Messages.Select(AdminMessage.Show)], page.Next);
        return RespondAsync(context, StatusCodes.Status200OK, shown, AdminJson.Default.AdminMessagePage);
    }

    private async Task PeekAsync(HttpContext context, QueueKind kind, string name)
    {
        var sequence = SequenceOf(context);
        await RespondAsync(context, sequence, await admin.BrowseAsync(kind, name, One(sequence), context.RequestAborted));
    }

    private async Task PeekDeadAsync(HttpContext context, QueueKind kind, string name)
    {
        var sequence = SequenceOf(context);
        await RespondAsync(context, sequence, await admin.BrowseDeadLettersAsync(kind, name, One(sequence), context.RequestAborted));
    }

    private static BrowseOptions One(long sequence) => new() { FromSequence = sequence, Limit = 1, WithBody = true };

    private static Task RespondAsync(HttpContext context, long sequence, MessagePage page) =>
        page.Messages is [{ } message] && message.Sequence == sequence
            ? RespondAsync(context, StatusCodes.Status200OK, AdminMessage.Show(message), AdminJson.Default.AdminMessage)
            : throw NotFound();

    private async Task ChangeAsync(
        HttpContext context, QueueKind kind, string action, Func<HttpContext, string, Task<(string Status, int? Count)>> change)
    {
        if (!context.Request.HasJsonContentType())
            throw new AdminException(StatusCodes.Status415UnsupportedMediaType, "content_type", "Changes are sent as application/json.");
        if (context.Request.ContentLength > MaxRequestBytes)
            throw new AdminException(StatusCodes.Status413PayloadTooLarge, "too_large", "The body is too large.");
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = MaxRequestBytes;
        var name = NameOf(context);
        if (await admin.GetAsync(kind, name, context.RequestAborted) is null) throw NotFound();
        var (status, count) = await change(context, name);
        QueueLog.Administered(server.Logger, action, kind, name, context.User.Identity?.Name ?? "somebody unnamed");
        await RespondAsync(context, StatusCodes.Status200OK, new AdminOutcome(status, count), AdminJson.Default.AdminOutcome);
    }

    private async Task<int> RedriveAsync(HttpContext context, QueueKind kind, string name)
    {
        var request = await ReadAsync(context, AdminJson.Default.RedriveRequest) ?? new RedriveRequest(null, null, null);
        if (request.Max is < 1 or > MaxRedrive || request.MaxRedrives is < 0 || request.PerSecond is <= 0 or double.NaN)
        {
            throw new AdminException(
                StatusCodes.Status400BadRequest,
                "invalid",
                $"'max' must be from 1 to {MaxRedrive}, 'maxRedrives' and 'perSecond' positive.");
        }

        var max = request.Max ?? DefaultRedrive;
        return await admin.RedriveAsync(kind, name, max, request.MaxRedrives, request.PerSecond, context.RequestAborted);
    }
}
