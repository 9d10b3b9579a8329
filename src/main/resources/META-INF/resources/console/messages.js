/** What the page says, in English and Korean; {name} stands for a value. */

const LANGUAGE = 'streamviews.language';

export const languages = {en: 'English', ko: '한국어'};

const listeners = new Set();
let current = localStorage.getItem(LANGUAGE) ?? (navigator.language.startsWith('ko') ? 'ko' : 'en');

export const language = () => current;
export const onLanguage = listener => listeners.add(listener);

export function speak(other) {
  current = other in languages ? other : 'en';
  localStorage.setItem(LANGUAGE, current);
  listeners.forEach(listener => listener());
}

export function t(key, values = {}) {
  const texts = MESSAGES[key];
  if (!texts) return key;
  return texts[current === 'ko' ? 1 : 0].replace(/\{(\w+)}/g, (whole, name) => values[name] ?? whole);
}

const MESSAGES = {
  'nav.pipeline': ['Pipeline', '파이프라인'], 'nav.views': ['Views', '뷰'], 'nav.history': ['History', '이력'], 'nav.topics': ['Topics', '토픽'],
  'nav.letters': ['Dead letters', '실패 이벤트'], 'nav.operate': ['Operate', '운영'], 'nav.try': ['Try it', '직접 해 보기'],
  'parts': ['Parts of the console', '콘솔 메뉴'], 'skip': ['Skip to the content', '본문으로 건너뛰기'], 'language': ['Language', '언어'], 'theme': ['Theme', '테마'],
  'theme.system': ['System', '시스템'], 'theme.light': ['Light', '밝게'], 'theme.dark': ['Dark', '어둡게'],
  'live': ['Live', '실시간'], 'notLive': ['Not live', '실시간 아님'], 'connecting': ['Connecting', '연결 중'], 'loading': ['Loading …', '불러오는 중 …'],
  'old': ['The application does not answer. What you see is old; the page goes on by itself as soon as it can.', '애플리케이션이 응답하지 않습니다. 지금 보이는 값은 오래된 것이며, 연결되는 대로 다시 갱신됩니다.'],
  'old.since': ['({time} old)', '({time} 전)'], 'away': ['The application cannot be reached. The page tries on.', '애플리케이션에 연결할 수 없습니다. 계속 시도합니다.'],
  'signIn': ['Sign in', '로그인'], 'signOut': ['Sign out', '로그아웃'], 'token': ['Token', '토큰'],
  'signIn.text': ['Paste a bearer token. It is kept until this tab is closed, and sent to this application alone.', '베어러 토큰을 붙여 넣으세요. 이 탭을 닫을 때까지만 보관되며 이 애플리케이션에만 전송됩니다.'],
  'signIn.wrong': ['This token is not known here, or may not read.', '알 수 없거나 읽기 권한이 없는 토큰입니다.'],
  'operatorsOnly': ['More is shown to operators', '운영자에게는 더 많은 내용이 표시됩니다'],
  'cancel': ['Cancel', '취소'], 'close': ['Close', '닫기'], 'show': ['Show', '보기'], 'stop': ['Stop', '중지'], 'create': ['Create', '만들기'], 'more': ['More', '더 보기'],
  'next': ['Next', '다음'], 'previous': ['Previous', '이전'], 'actions': ['Actions', '작업'], 'asked': ['Asked for.', '요청했습니다.'],
  'name': ['Name', '이름'], 'kind': ['Kind', '종류'], 'state': ['State', '상태'], 'time': ['Time', '시각'], 'key': ['key', '키'], 'value': ['Value', '값'], 'size': ['Size', '크기'],
  'source': ['Source', '원본'], 'lag': ['Lag', '지연'], 'topic': ['Topic', '토픽'], 'partition': ['Partition', '파티션'], 'offset': ['Offset', '오프셋'], 'events': ['Events', '이벤트'],
  'started': ['Started', '시작'], 'reason': ['Reason', '사유'], 'unknown': ['not known', '알 수 없음'], 'up': ['up', '정상'], 'down': ['down', '이상'],
  'pipeline.title': ['From command to view', '명령에서 뷰까지'], 'perSecond': ['per second', '초당'], 'commands': ['Commands', '명령'], 'eventLog': ['Event log', '이벤트 로그'],
  'lastEvent': ['last event', '마지막 이벤트'], 'relay': ['Relay', '릴레이'], 'waitInLog': ['wait in the log', '로그에서 대기'], 'relay.off': ['switched off', '꺼짐'],
  'relay.here': ['publishes here', '이 프로세스에서 발행'], 'relay.elsewhere': ['another one publishes', '다른 프로세스에서 발행'], 'topics': ['Topics', '토픽'], 'records': ['records so far', '누적 레코드'],
  'projection': ['Projection', '프로젝션'], 'eventsBehind': ['events behind', '지연 이벤트'], 'level': ['level', '최신'], 'behind': ['{n} behind', '{n} 지연'],
  'batches': ['Batches', '배치'], 'batch.of': ['{size} events, {time}', '{size}건, {time}'], 'resting': ['at rest', '대기 중'], 'viewRows': ['Views', '뷰'],
  'latency': ['half in {p50}, 99\u00a0% in {p99}', '절반 {p50}, 99\u00a0% {p99}'], 'feeds': ['Feeds', '피드'], 'open': ['open', '열림'], 'ready': ['Ready', '준비됨'], 'notReady': ['Not ready', '준비되지 않음'],
  'state.CURRENT': ['Level with the topics', '토픽과 일치'], 'state.BEHIND': ['Catching up', '따라잡는 중'], 'state.PAUSING': ['Pausing', '일시 중지 중'], 'state.PAUSED': ['Paused', '일시 중지됨'],
  'noPartitions': ['No partition has been taken yet.', '아직 할당된 파티션이 없습니다.'], 'partitionsOf': ['Partitions of {topic}', '{topic}의 파티션'],
  'lagOf': ['Lag of partition {n}', '파티션 {n}의 지연'], 'own': ['this process', '이 프로세스'], 'other': ['another process', '다른 프로세스'], 'epoch': ['epoch {n}', '에포크 {n}'],
  'rate.title': ['Events per second', '초당 이벤트'], 'rate.label': ['Events per second over the last two minutes; now {n}', '최근 2분간 초당 이벤트; 현재 {n}'],
  'published': ['Published', '발행'], 'applied': ['Into the views', '뷰 반영'], 'backlog': ['Backlog', '백로그'], 'lag.title': ['Events that wait', '대기 이벤트'],
  'lag.label': ['Waiting events over the last two minutes; now a lag of {lag} and a backlog of {backlog}', '최근 2분간 대기 이벤트; 현재 지연 {lag}, 백로그 {backlog}'],
  'latency.title': ['From event to row', '이벤트에서 행까지'], 'half': ['half of them (p50)', '절반 (p50)'], 'almostAll': ['99 % of them (p99)', '99 % (p99)'],
  'latency.label': ['Time from event to row over the last two minutes; last {p50} for half, {p99} for 99 %', '최근 2분간 이벤트에서 행까지 걸린 시간; 최근 절반 {p50}, 99 % {p99}'],
  'departments': ['Users by department', '부서별 사용자'], 'departments.none': ['No user yet. “Try it” creates some.', '아직 사용자가 없습니다. “직접 해 보기”에서 만들 수 있습니다.'],
  'departments.without': ['(none)', '(없음)'], 'departments.label': ['Users by department: {list}', '부서별 사용자: {list}'],
  'health': ['Health', '상태 점검'], 'attention': ['Needs a look', '확인 필요'], 'attention.none': ['Nothing. No dead letter is open, and Kafka has lost nothing.', '없습니다. 실패 이벤트도, Kafka에서 유실된 이벤트도 없습니다.'],
  'suspended': ['suspended since {since}', '{since}부터 중단됨'], 'switch.viewResumed': ['{view} follows again.', '{view}이(가) 다시 갱신됩니다.'],
  'rebuild.hold': ['Hold it before the exchange, and say what changes', '교체 전에 멈추고 바뀌는 내용을 보여 주기'],
  'changes.none': ['Nothing that people read changes.', '읽는 내용은 바뀌지 않습니다.'],
  'changes.NEW': ['new', '추가'], 'changes.GONE': ['goes', '없어짐'], 'changes.CHANGED': ['changes', '변경'], 'changes.UNKNOWN': ['cannot be told', '알 수 없음'],
  'changes.columnsAdded': ['columns that come', '추가되는 열'], 'changes.columnsGone': ['columns that go', '없어지는 열'],
  'changes.columnsRetyped': ['columns of another type', '형식이 바뀌는 열'], 'changes.readBy': ['views of others that read it', '이 뷰를 읽는 다른 뷰'],
  'changes.rows': ['{before} rows before, {after} after: {added} added, {removed} removed, {changed} changed', '행 {before} → {after}: 추가 {added}, 삭제 {removed}, 변경 {changed}'],
  'check.down': ['{name} is down. {why}', '{name} 이상. {why}'],
  'paused': ['The projection is paused since {since}', '프로젝션이 {since}부터 일시 중지되었습니다'], 'letters.open': ['{n} dead letters are open', '처리되지 않은 실패 이벤트 {n}건'],
  'letters.superseded': ['{n} dead letters are superseded', '대체된 실패 이벤트 {n}건'], 'gap': ['{topic} {partition}: events {from} to {to} are lost, {reason}', '{topic} {partition}: 이벤트 {from}–{to} 유실, {reason}'],
  'gap.RETENTION': ['removed before they were read', '읽기 전에 삭제됨'], 'gap.RECREATED': ['the topic was made anew', '토픽이 다시 만들어짐'], 'gap.TRUNCATED': ['the log was truncated', '로그가 잘림'],
  'views.title': ['Catalogue of views', '뷰 카탈로그'], 'views.none': ['There is no view yet.', '아직 뷰가 없습니다.'], 'views.all': ['All views', '모든 뷰'], 'views.gone': ['There is no such view, or it is not for you.', '그런 뷰가 없거나 볼 권한이 없습니다.'],
  'kind.base': ['base view', '기본 뷰'], 'kind.derived': ['derived view', '파생 뷰'], 'kind.table': ['table', '테이블'], 'kind.view': ['view', '뷰'],
  'definition': ['Definition', '정의'], 'columns': ['{n} columns', '컬럼 {n}개'], 'column': ['Column', '컬럼'], 'is': ['is', '조건'], 'filter': ['Filter', '필터'],
  'op.eq': ['equal to', '같음'], 'op.neq': ['not', '같지 않음'], 'op.gt': ['greater than', '초과'], 'op.gte': ['at least', '이상'], 'op.lt': ['less than', '미만'], 'op.lte': ['at most', '이하'],
  'rows': ['Rows', '행'], 'rows.about': ['Rows, about', '행 수(약)'], 'rows.none': ['No row.', '행이 없습니다.'], 'follow': ['Follow live', '실시간으로 보기'], 'following': ['Following · {n} changes', '실시간 · 변경 {n}건'], 'pageNumber': ['Page {n}', '{n}쪽'],
  'history.title': ['What happened to it', '무슨 일이 있었나'], 'history.none': ['No commands are taken here, so there is no history.', '여기서는 명령을 받지 않으므로 이력이 없습니다.'], 'history.kind': ['Of a', '대상'], 'history.id': ['Id', '아이디'],
  'history.empty': ['Nothing has happened to it.', '기록된 이벤트가 없습니다.'], 'users': ['User', '사용자'], 'posts': ['Post', '포스트'], 'version': ['Version {n}', '버전 {n}'], 'asOf': ['As it was then', '당시 모습'],
  'way': ['The way of version {n}', '버전 {n}의 경로'], 'way.command': ['Command', '명령'], 'way.topic': ['Topic', '토픽'], 'way.row': ['View', '뷰'], 'way.after': ['{time} later', '{time} 뒤'], 'way.noRow': ['no row of this version', '이 버전의 행 없음'],
  'way.operators': ['for operators', '운영자만 볼 수 있음'], 'way.compacted': ['its record was not found', '레코드를 찾지 못함'],
  'topics.title': ['Records of a topic', '토픽의 레코드'], 'topics.empty': ['No record there.', '레코드가 없습니다.'], 'topics.choose': ['Choose a partition.', '파티션을 고르세요.'], 'partition.of': ['{n} ({records} records)', '{n} (레코드 {records}개)'],
  'fromOffset': ['From offset', '시작 오프셋'], 'newest': ['the newest {n}', '최신 {n}개'], 'tombstone': ['(tombstone)', '(툼스톤)'],
  'letters.title': ['Events that could not be applied', '반영하지 못한 이벤트'], 'letters.text': ['Mend the cause and retry, or do without them. What followed has gone on.', '원인을 고친 뒤 다시 시도하거나 버릴 수 있습니다. 이후 이벤트는 계속 처리되었습니다.'],
  'letters.OPEN': ['open', '미처리'], 'letters.SUPERSEDED': ['superseded', '대체됨'], 'letters.DISCARDED': ['discarded', '버림'], 'letters.none': ['None.', '없습니다.'], 'letters.more': ['There are more.', '더 있습니다.'],
  'letters.of': ['key {key} · {time} · attempts: {n}', '키 {key} · {time} · {n}회 시도'], 'look': ['Look ({size})', '내용 보기 ({size})'], 'retry': ['Retry', '다시 시도'], 'discard': ['Discard', '버리기'],
  'letters.retrySure': ['The event is applied again. It never overwrites what is newer.', '이벤트를 다시 반영합니다. 더 새로운 값을 덮어쓰지 않습니다.'], 'letters.discardSure': ['The event is kept, and can still be retried; it is open no more.', '이벤트는 보관되며 나중에 다시 시도할 수 있지만, 미처리 목록에서는 사라집니다.'],
  'letters.applied': ['Applied: it is no dead letter any more.', '반영되었습니다.'], 'letters.failed': ['It still cannot be applied; see the error.', '아직 반영할 수 없습니다. 오류를 확인하세요.'], 'letters.discarded': ['{n} discarded.', '{n}건을 버렸습니다.'],
  'rebuild.title': ['Generations', '세대'], 'rebuild.text': ['A rebuild fills a new generation of all views from the topics’ beginning, and exchanges it with the live one in one transaction, while people read.', '재구축은 토픽의 처음부터 새 세대의 뷰를 채운 뒤, 읽기를 멈추지 않고 한 트랜잭션으로 교체합니다.'],
  'rebuild.none': ['No rebuild yet: this is the first generation.', '아직 재구축이 없습니다. 첫 번째 세대입니다.'], 'rebuild.begin': ['Rebuild', '재구축'], 'rebuild.sure': ['All events are read again from the beginning. People go on reading the live generation meanwhile.', '모든 이벤트를 처음부터 다시 읽습니다. 그동안 현재 세대를 계속 읽을 수 있습니다.'],
  'rebuild.begun': ['Rebuild {n} has begun.', '재구축 {n}을(를) 시작했습니다.'], 'rebuild.number': ['Rebuild {n}', '재구축 {n}'], 'rebuild.cancel': ['Cancel the rebuild', '재구축 취소'], 'rebuild.cancelSure': ['The new generation is dropped. Nothing that people read changes.', '새 세대를 버립니다. 현재 읽는 내용은 바뀌지 않습니다.'],
  'rebuild.rollBack': ['Roll back', '되돌리기'], 'rebuild.rollBackSure': ['The former generation comes back at once; for a moment people may see older data.', '이전 세대로 즉시 되돌립니다. 잠시 오래된 데이터가 보일 수 있습니다.'], 'rebuild.rolledBack': ['The former generation is live again.', '이전 세대로 되돌렸습니다.'],
  'rebuild.exchange': ['Exchange', '교체'], 'rebuild.exchangeSure': ['People read the new generation from now on.', '지금부터 새 세대를 읽습니다.'],
  'rebuild.PREPARING': ['preparing', '준비 중'], 'rebuild.FILLING': ['reading the topics', '토픽 읽는 중'], 'rebuild.INDEXING': ['making indexes', '인덱스 생성 중'], 'rebuild.CATCHING_UP': ['catching up', '따라잡는 중'], 'rebuild.SWAPPING': ['exchanging', '교체 중'],
  'rebuild.COMPARING': ['comparing with what is live', '현재 뷰와 비교 중'],
  'rebuild.HELD': ['held: look, then exchange', '보류: 확인 후 교체'], 'rebuild.DONE': ['live', '사용 중'], 'rebuild.CANCELLED': ['cancelled', '취소됨'], 'rebuild.FAILED': ['failed', '실패'], 'rebuild.ABANDONED': ['abandoned', '중단됨'], 'rebuild.ROLLED_BACK': ['rolled back', '되돌림'],
  'progress': ['{done} of {total} events', '이벤트 {total}건 중 {done}건'], 'rate.of': ['{n} per second', '초당 {n}'], 'remaining': ['{time} left', '{time} 남음'],
  'switch.text': ['Holds all instances, also over restarts; events wait in Kafka.', '모든 인스턴스를 멈춥니다. 재시작해도 유지되며 이벤트는 Kafka에 남습니다.'], 'switch.sure': ['The views stand still until you resume.', '재개할 때까지 뷰가 갱신되지 않습니다.'], 'switch.now': ['Now: {state}', '현재: {state}'], 'pause': ['Pause', '일시 중지'], 'resume': ['Resume', '재개'],
  'replay.title': ['Read events again', '이벤트 다시 읽기'], 'replay.text': ['Brings back rows that were changed or deleted by hand. What is right stays as it is.', '직접 수정되거나 삭제된 행을 복구합니다. 올바른 행은 그대로입니다.'], 'replay.begin': ['Replay', '다시 읽기'], 'replay.sure': ['All events of {topic} are read again from the beginning.', '{topic}의 모든 이벤트를 처음부터 다시 읽습니다.'],
  'run.RUNNING': ['running', '진행 중'], 'run.DONE': ['done', '완료'], 'run.FAILED': ['failed', '실패'], 'run.ABANDONED': ['abandoned', '중단됨'],
  'verify.title': ['Is it all true?', '모두 정확한가?'], 'verify.text': ['Compares derived views with their definitions; deep: all views with the topics, too.', '파생 뷰를 정의와 비교합니다. 정밀 검증은 모든 뷰를 토픽과도 비교합니다.'], 'verify.shallow': ['shallow', '간단 검증'], 'verify.deep': ['deep', '정밀 검증'], 'verify.ok': ['all rows are right', '모든 행이 정확함'], 'verify.differs': ['{n} rows differ', '{n}개 행이 다름'],
  'try.none': ['No commands are taken here.', '여기서는 명령을 받지 않습니다.'], 'create.users': ['Create a user', '사용자 만들기'], 'create.posts': ['Write a post', '포스트 쓰기'], 'user.name': ['Name', '이름'], 'user.email': ['E-mail', '이메일'], 'user.department': ['Department', '부서'],
  'post.author': ['Author’s id', '작성자 아이디'], 'post.title': ['Title', '제목'], 'post.content': ['Content', '내용'], 'create.answered': ['answered in {time}: it is {id}', '{time} 만에 응답: 아이디 {id}'], 'create.waiting': ['on its way …', '반영 중 …'],
  'create.seen': ['seen in the view {time} after the click', '클릭 후 {time} 만에 뷰에 보임'], 'create.elsewhere': ['the views are another service’s', '뷰는 다른 서비스에 있습니다'], 'create.history': ['Its history, and its way', '이력과 경로 보기'],
  'load.title': ['Load sample users', '예제 사용자 불러오기'], 'load.text': ['People who do not exist, in streams of 500, so that there is something to look at.', '가상의 사용자를 500명씩 보내 움직임을 살펴볼 수 있습니다.'], 'load.many': ['How many', '인원'], 'load.begin': ['Load', '불러오기'],
  'load.sure': ['{n} users are created. They stay until they are deleted.', '사용자 {n}명을 만듭니다. 삭제할 때까지 남습니다.'], 'load.done': ['{n} users have been created.', '사용자 {n}명을 만들었습니다.'], 'load.stopped': ['Stopped after {n}.', '{n}명까지 만들고 멈췄습니다.'], 'load.took': ['took {time}', '{time} 걸림'], 'load.broken': ['The stream broke off', '스트림이 끊겼습니다'],
  'links.views': ['the views that can be read, and how far they are', '읽을 수 있는 뷰와 진행 상황'], 'links.swagger': ['the API, to try it', 'API 시험'], 'links.openapi': ['the API as OpenAPI', 'OpenAPI 문서'], 'links.asyncapi': ['the events that are published, as AsyncAPI', '발행되는 이벤트(AsyncAPI)'],
  'links.health': ['whether all is well', '상태 점검'], 'links.metrics': ['metrics for Prometheus', 'Prometheus 지표'], 'links.problems': ['what problems can be answered, and what helps', '문제 유형과 해결 방법'],
  'links.token': ['Where access is limited, all but health and problem types need a token with the role reader.', '접근이 제한된 곳에서는 상태 점검과 문제 유형을 제외하고 reader 역할의 토큰이 필요합니다.'],
};
